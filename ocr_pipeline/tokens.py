"""Bearer tokens of the API: JSON Web Tokens, signed with HS256 by the setting `jwt_secret`."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import jwt

from ocr_pipeline.errors import ErrorCode, PipelineError

READ = "ocr:read"
WRITE = "ocr:write"
REVIEW = "review"
ADMIN = "admin"

_ALGORITHM = "HS256"
_SHORTEST_SECRET = 32
"""Bytes. RFC 7518 asks for a key as long as the hash: a shorter one can be guessed from a single token."""


class Claims(NamedTuple):
    """What a token says of its bearer."""

    subject: str
    scopes: frozenset[str]
    tenant: str = "default"
    token_id: str | None = None
    webhook: str | None = None
    """Where to tell of everything that is sent with the token, unless a request says otherwise."""


def check_secret(secret: str) -> None:
    """Raises PipelineError(INVALID_SETTING) for a secret that would let others make tokens."""
    if len(secret.encode()) < _SHORTEST_SECRET:
        raise PipelineError(
            ErrorCode.INVALID_SETTING, name="OCR_JWT_SECRET", detail=f"it must have at least {_SHORTEST_SECRET} bytes"
        )


def create_token(subject: str, scopes: Iterable[str], lifetime: timedelta, secret: str) -> str:
    """Raises PipelineError(INVALID_SETTING) where the secret is too short."""
    check_secret(secret)
    now = datetime.now(UTC)
    payload = {"sub": subject, "scope": " ".join(scopes), "iat": now, "exp": now + lifetime}
    return jwt.encode(payload, secret, algorithm=_ALGORITHM)


def verify_token(token: str, secret: str) -> Claims:
    """What the token says. Raises PipelineError(UNAUTHENTICATED) unless it is signed, whole and not expired."""
    try:
        payload = jwt.decode(token, secret, algorithms=[_ALGORITHM], options={"require": ["exp", "sub"]})
    except jwt.InvalidTokenError as error:
        raise PipelineError(ErrorCode.UNAUTHENTICATED) from error
    scope = payload.get("scope", "")
    if not isinstance(scope, str):
        raise PipelineError(ErrorCode.UNAUTHENTICATED)
    return Claims(payload["sub"], frozenset(scope.split()))
