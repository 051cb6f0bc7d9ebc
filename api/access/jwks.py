"""The public keys of whoever makes the tokens (a JWKS document, RFC 7517)."""

import asyncio
import logging
import time

import httpx
import jwt

from ocr_pipeline.errors import ErrorCode, PipelineError

_OLD_SECONDS = 300
"""Keys this old are fetched again, so that one which its issuer took back does not stay."""
_PAUSE_SECONDS = 10
"""Between two fetches, whatever keys tokens name: anybody can make up a name."""
_TIMEOUT_SECONDS = 5

_log = logging.getLogger(__name__)


class Jwks:
    """Known keys are answered at once, also while their server is away; unknown ones are asked for."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._client = client
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched_at = -float("inf")
        self._fetch: asyncio.Task[None] | None = None
        self._is_away = False

    async def key(self, key_id: str | None) -> jwt.PyJWK:
        """The key with this id; without one, the only key there is.

        Raises PipelineError: UNAUTHENTICATED where there is no such key, SERVICE_UNAVAILABLE where that is unknown.
        """
        found = self._known(key_id)
        age = time.monotonic() - self._fetched_at
        if age > (_OLD_SECONDS if found else _PAUSE_SECONDS) and (self._fetch is None or self._fetch.done()):
            self._fetched_at = time.monotonic()
            self._fetch = asyncio.create_task(self._refresh())
        if found is None and self._fetch is not None:
            # Many requests wait for the one fetch, and none that goes away takes it along.
            await asyncio.shield(self._fetch)
            found = self._known(key_id)
        if found is None:
            if self._is_away:
                raise PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part="The server of the tokens' keys")
            raise PipelineError(ErrorCode.UNAUTHENTICATED)
        return found

    def _known(self, key_id: str | None) -> jwt.PyJWK | None:
        if key_id is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(key_id)

    async def _refresh(self) -> None:
        try:
            response = await self._client.get(self._url, timeout=_TIMEOUT_SECONDS)
            keys = jwt.PyJWKSet.from_dict(response.raise_for_status().json()).keys
        except (httpx.HTTPError, httpx.InvalidURL, jwt.PyJWTError, ValueError, AttributeError, TypeError) as error:
            _log.warning("The tokens' keys cannot be fetched from %s: %s", self._url, error)
            self._is_away = True
        else:
            self._keys = {key.key_id: key for key in keys if key.public_key_use in {"sig", None}}
            self._is_away = False
