"""The OpenAPI document: what all operations have in common is written into it here, once."""

from typing import Any

from fastapi import FastAPI

from api.problems import MEDIA_TYPE


def _header(description: str, example: str | int) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 0} if isinstance(example, int) else {"type": "string"}
    return {"description": description, "schema": schema, "example": example}


_REQUEST_ID = {"X-Request-ID": _header("The request's own, or one made for it; it is in the log", "7f3c9b1e2d")}
_LIMITS = {
    "RateLimit": _header("What remains of each limit, and the seconds until it is whole again", '"requests";r=99;t=60'),
    "RateLimit-Policy": _header("The limits, and their windows in seconds", '"requests";q=100;w=60'),
    "RateLimit-Limit": _header("The limit that is nearest", 100),
    "RateLimit-Remaining": _header("What remains of it", 99),
    "RateLimit-Reset": _header("Seconds until its window ends, or until something remains again", 60),
}
_BY_STATUS = {
    "401": {"WWW-Authenticate": _header("How to authenticate", "Bearer")},
    "403": {"WWW-Authenticate": _header("What is lacking", 'Bearer error="insufficient_scope"')},
    "429": {"Retry-After": _header("Seconds until something remains", 12)},
    "503": {"Retry-After": _header("Seconds to wait", 5)},
}
_UNLIMITED = {"401"}
"""A client that is not known has no limits to be told of."""


class Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """FastAPI's, with the headers of all answers; it describes every answer as JSON, errors are problems."""
        is_new = self.openapi_schema is None
        schema = super().openapi()
        if is_new:
            for operation in (operation for path in schema["paths"].values() for operation in path.values()):
                for status, response in operation["responses"].items():
                    _complete(status, response)
        return schema


def _complete(status: str, response: dict[str, Any]) -> None:
    response["headers"] = {
        **response.get("headers", {}),
        **_REQUEST_ID,
        **({} if status in _UNLIMITED else _LIMITS),
        **_BY_STATUS.get(status, {}),
    }
    if status >= "400":
        # The schema stands under what the route answers with otherwise, the examples under JSON.
        parts = response["content"].values()
        response["content"] = {MEDIA_TYPE: {name: value for part in parts for name, value in part.items()}}
