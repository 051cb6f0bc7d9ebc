"""What stands before every route: a good token, and requests a minute.

Without a token a client learns nothing, not even which paths there are.
"""

from collections.abc import Collection, Sequence

from redis import RedisError
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.limits import WINDOW_SECONDS, Quota
from api.backends import Backends
from api.problems import LimitedError, answer
from ocr_pipeline.errors import ErrorCode, PipelineError


class Access:
    """Puts the `claims` of the token into the request's state, and `quotas`, which the answer's headers tell."""

    def __init__(self, app: ASGIApp, open_paths: Collection[str]) -> None:
        self._app = app
        self._open_paths = frozenset(open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].removeprefix(scope.get("root_path", "")) in self._open_paths:
            await self._app(scope, receive, send)
            return
        backends: Backends = scope["state"]["backends"]
        quotas: list[Quota] = []

        async def send_with_quotas(message: Message) -> None:
            if message["type"] == "http.response.start" and quotas:
                MutableHeaders(scope=message).update(_headers(quotas))
            await send(message)

        try:
            claims = await backends.verifier.verify(_token(scope))
            scope["state"] |= {"claims": claims, "quotas": quotas}
            requests = await backends.request_limit.count(claims)
            quotas.append(requests)
            if not requests.is_within:
                raise LimitedError(ErrorCode.RATE_LIMITED, requests.limit, requests.seconds)
        except (PipelineError, RedisError) as error:
            await answer(error)(scope, receive, send_with_quotas)
        else:
            await self._app(scope, receive, send_with_quotas)


def _token(scope: Scope) -> str:
    scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise PipelineError(ErrorCode.UNAUTHENTICATED)
    return token.strip()


def _headers(quotas: Sequence[Quota]) -> dict[str, str]:
    """As the IETF's draft has them, and as most clients know them: those tell of the limit that is nearest."""
    nearest = min(quotas, key=lambda quota: quota.remaining)
    return {
        "RateLimit-Policy": ", ".join(f'"{quota.name}";q={quota.limit};w={WINDOW_SECONDS}' for quota in quotas),
        "RateLimit": ", ".join(f'"{quota.name}";r={quota.remaining};t={quota.seconds}' for quota in quotas),
        "RateLimit-Limit": str(nearest.limit),
        "RateLimit-Remaining": str(nearest.remaining),
        "RateLimit-Reset": str(nearest.seconds),
    }
