"""Bearer tokens of the API: JSON Web Tokens, made here for one installation (HS256) or by somebody else's issuer."""

import math
import re
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit
from uuid import uuid4

import jwt

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.settings import Settings

READ = "ocr:read"
WRITE = "ocr:write"
REVIEW = "review"
ADMIN = "admin"
"""Implies all others."""
SCOPES = (READ, WRITE, REVIEW, ADMIN)

DEFAULT_TENANT = "default"
_TENANT = re.compile(r"[0-9A-Za-z_-]{1,64}")

_SHORTEST_SECRET = 32
"""Bytes. RFC 7518 asks for a key as long as the hash: a shorter one can be guessed from a single token."""
_LONGEST_TOKEN = 8192
_LONGEST_NAME = 255
_LONGEST_URL = 2000
_LEEWAY_SECONDS = 5
"""How far the clocks of issuer and API may be apart."""


class Claims(NamedTuple):
    """What a token says of its bearer."""

    subject: str
    scopes: frozenset[str]
    tenant: str = DEFAULT_TENANT
    token_id: str | None = None
    webhook: str | None = None
    """Where to tell of everything that is sent with the token, unless a request says otherwise."""
    expires_at: float = math.inf
    """Unix time."""


class Terms(NamedTuple):
    """What tokens must say besides who their bearer is."""

    algorithm: str = "HS256"
    issuer: str = ""
    audience: str = ""
    tenant_claim: str = "tenant"

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.jwt_algorithm, settings.jwt_issuer, settings.jwt_audience, settings.jwt_tenant_claim)


_TERMS = Terms()


def check_settings(settings: Settings) -> None:
    """Raises PipelineError(INVALID_SETTING) where the algorithm has no key, or one that others could guess."""
    if settings.jwt_algorithm == "HS256":
        _check_secret(settings.jwt_secret.get_secret_value())
        if before := settings.jwt_secret_before.get_secret_value():
            _check_secret(before, "OCR_JWT_SECRET_BEFORE")
    elif not _is_web_address(settings.jwt_jwks_url):
        detail = f"{settings.jwt_algorithm} takes its keys from there, so it must be an http or https address"
        raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_JWT_JWKS_URL", detail=detail)


def create_token(
    subject: str,
    scopes: Iterable[str],
    lifetime: timedelta,
    secret: str,
    *,
    tenant: str = DEFAULT_TENANT,
    webhook: str | None = None,
    token_id: str | None = None,
    terms: Terms = _TERMS,
) -> str:
    """A token with an id of its own, signed with HS256.

    Raises PipelineError: INVALID_SETTING where the secret is too short, or where `terms` name another algorithm, for
    then whoever holds the private key makes the tokens; INVALID_REQUEST for names that no token may have.
    """
    if terms.algorithm != "HS256":
        detail = f"with {terms.algorithm}, tokens are made by the issuer, who alone has the private key"
        raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_JWT_ALGORITHM", detail=detail)
    _check_secret(secret)
    now = int(time.time())
    payload: dict[str, Any] = {
        terms.tenant_claim: tenant,
        "sub": subject,
        "scope": " ".join(scopes),
        "iat": now,
        "exp": int(now + lifetime.total_seconds()),
        "jti": uuid4().hex if token_id is None else token_id,
    }
    payload |= {"webhook": webhook} if webhook else {}
    payload |= {"iss": terms.issuer} if terms.issuer else {}
    payload |= {"aud": terms.audience} if terms.audience else {}
    try:
        _claims(payload, terms)
    except _NotATokenError as error:
        raise PipelineError(ErrorCode.INVALID_REQUEST, detail=str(error)) from error
    return jwt.encode(payload, secret, algorithm="HS256")


def verify_token(token: str, key: str | jwt.PyJWK, terms: Terms = _TERMS) -> Claims:
    """What the token says.

    Raises PipelineError(UNAUTHENTICATED) unless it is signed, in time, within the terms, and of the right form.
    """
    try:
        _check_length(token)
        payload = jwt.decode(
            token,
            key,
            algorithms=[terms.algorithm],
            issuer=terms.issuer or None,
            audience=terms.audience or None,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "sub"], "verify_aud": bool(terms.audience)},
        )
        return _claims(payload, terms)
    # What strangers send makes the libraries below raise more than their own errors: it may be no UTF-8, or JSON that
    # is nested too deeply.
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise PipelineError(ErrorCode.UNAUTHENTICATED) from error


def key_id(token: str) -> str | None:
    """The name of the key that signed the token, as the token says. Raises PipelineError(UNAUTHENTICATED)."""
    try:
        _check_length(token)
        name = jwt.get_unverified_header(token).get("kid")
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise PipelineError(ErrorCode.UNAUTHENTICATED) from error
    return None if name is None else str(name)


class _NotATokenError(ValueError):
    """Says why."""


def _check_length(token: str) -> None:
    if len(token) > _LONGEST_TOKEN:
        message = f"it has more than {_LONGEST_TOKEN} characters"
        raise _NotATokenError(message)


def _claims(payload: dict[str, Any], terms: Terms) -> Claims:
    scopes = _scopes(payload)
    tenant = payload.get(terms.tenant_claim, DEFAULT_TENANT)
    if not isinstance(tenant, str) or not _TENANT.fullmatch(tenant):
        message = "a tenant has 1 to 64 letters, digits, - and _"
        raise _NotATokenError(message)
    token_id, webhook = payload.get("jti"), payload.get("webhook")
    return Claims(
        subject=_text(payload["sub"], "subject", _LONGEST_NAME),
        scopes=frozenset(SCOPES) | scopes if ADMIN in scopes else scopes,
        tenant=tenant,
        token_id=None if token_id is None else _text(token_id, "id", _LONGEST_NAME),
        webhook=None if webhook is None else _text(webhook, "webhook", _LONGEST_URL),
        expires_at=float(payload["exp"]) + _LEEWAY_SECONDS,
    )


def _scopes(payload: dict[str, Any]) -> frozenset[str]:
    """RFC 8693 has `scope`, one text with spaces between; issuers also write `scp` or `scopes`, as a text or a list."""
    named = payload.get("scope", "")
    found = set(_text(named, "scope", _LONGEST_TOKEN).split()) if named else set()
    for claim in ("scp", "scopes"):
        more = payload.get(claim, ())
        found.update(
            _text(scope, "scope", _LONGEST_TOKEN) for scope in (more.split() if isinstance(more, str) else more)
        )
    return frozenset(found)


def _text(value: object, name: str, longest: int) -> str:
    """One that Postgres, logs and Redis's keys take as it is."""
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        message = f"a {name} has 1 to {longest} characters that can be printed"
        raise _NotATokenError(message)
    return value


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _check_secret(secret: str, name: str = "OCR_JWT_SECRET") -> None:
    if len(secret.encode()) < _SHORTEST_SECRET:
        detail = f"it must have at least {_SHORTEST_SECRET} bytes"
        raise PipelineError(ErrorCode.INVALID_SETTING, name=name, detail=detail)
