"""Bearer tokens checked, at the cost of a look into a dictionary where a token was seen a moment ago."""

import time
from contextlib import suppress
from typing import NamedTuple

from api.access.jwks import Jwks
from api.access.revocations import Revocations
from ocr_pipeline import tokens
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.settings import Settings
from ocr_pipeline.tokens import Claims, Terms

_REMEMBERED = 1024
_REMEMBERED_SECONDS = 60
"""Then its signature is checked anew, with the keys of that time."""


class _Verified(NamedTuple):
    claims: Claims
    until: float
    """Unix time."""


class TokenVerifier:
    def __init__(self, settings: Settings, keys: Jwks, revocations: Revocations) -> None:
        self._secrets = [
            secret.get_secret_value()
            for secret in (settings.jwt_secret, settings.jwt_secret_before)
            if secret.get_secret_value()
        ]
        self._terms = Terms.of(settings)
        self._keys = keys
        self._revocations = revocations
        self._verified: dict[str, _Verified] = {}

    async def verify(self, token: str) -> Claims:
        """Raises PipelineError: UNAUTHENTICATED, or SERVICE_UNAVAILABLE where what it takes to tell is away."""
        verified = self._verified.get(token)
        if verified is None or verified.until <= time.time():
            verified = await self._check(token)
        token_id = verified.claims.token_id
        if token_id is not None and await self._revocations.holds(token_id):
            raise PipelineError(ErrorCode.UNAUTHENTICATED)
        return verified.claims

    async def _check(self, token: str) -> _Verified:
        if self._terms.algorithm == "HS256":
            claims = self._by_a_secret(token)
        else:
            claims = tokens.verify_token(token, await self._keys.key(tokens.key_id(token)), self._terms)
        verified = _Verified(claims, min(claims.expires_at, time.time() + _REMEMBERED_SECONDS))
        if len(self._verified) >= _REMEMBERED:
            self._verified.clear()
        self._verified[token] = verified
        return verified

    def _by_a_secret(self, token: str) -> Claims:
        """By the present secret, or the one before it, whose tokens count as long as the settings name it."""
        *newer, oldest = self._secrets
        for secret in newer:
            with suppress(PipelineError):
                return tokens.verify_token(token, secret, self._terms)
        return tokens.verify_token(token, oldest, self._terms)
