"""Lists come a page at a time, the newest first: each names the next."""

from typing import Annotated

from fastapi import Query, Request

from api.schemas import KEY

_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_DESCRIPTION = "The `cursor` of the page before"

IdCursor = Annotated[str | None, Query(pattern=_ID, description=_DESCRIPTION)]
BatchCursor = Annotated[str | None, Query(pattern=KEY, max_length=64, description=_DESCRIPTION)]
"""Parameters of routes: where the page begins."""


def next_page(request: Request, cursor: str | None) -> str | None:
    """Where the page behind this one is, under the same filters; None without a cursor."""
    if cursor is None:
        return None
    url = request.url.include_query_params(cursor=cursor)
    return f"{url.path}?{url.query}"
