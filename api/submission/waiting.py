"""How long a request wants to wait: the query parameter `wait`, or the header `Prefer` (RFC 7240)."""

import re
from typing import Annotated, NamedTuple

from fastapi import Depends, Header, Query

from api.backends import FromApp

_PREFERENCE = re.compile(r'(?:^|,)\s*wait\s*=\s*"?(?P<seconds>[0-9]{1,9})"?\s*(?=$|[,;])', re.IGNORECASE)


class Wait(NamedTuple):
    seconds: float
    """At most the setting `wait_seconds`."""
    headers: dict[str, str]
    """Of the answer."""
    is_asked_for: bool


def preferred_seconds(prefer: str) -> int | None:
    """The preference `wait` in the value of a header `Prefer`; None without one that can be read."""
    found = _PREFERENCE.search(prefer)
    return None if found is None else int(found["seconds"])


async def _wait(
    backends: FromApp,
    wait: Annotated[
        float | None, Query(ge=0, allow_inf_nan=False, description="Most seconds to wait; at most OCR_WAIT_SECONDS")
    ] = None,
    prefer: Annotated[
        str | None,
        Header(max_length=1000, description="`wait=N` asks the same as the parameter `wait`, which has precedence."),
    ] = None,
) -> Wait:
    longest = backends.settings.wait_seconds
    if wait is not None:
        return Wait(min(wait, longest), {}, is_asked_for=True)
    preferred = preferred_seconds(prefer or "")
    if preferred is not None:
        seconds = min(preferred, longest)
        return Wait(seconds, {"Preference-Applied": f"wait={seconds:g}"}, is_asked_for=True)
    return Wait(longest, {}, is_asked_for=False)


WaitFor = Annotated[Wait, Depends(_wait)]
"""A route's parameter. Where nothing is asked for, it is the longest wait; routes may choose not to wait then."""
APPLIED = {
    "Preference-Applied": {
        "description": "`wait=N`, where the header `Prefer` asked to wait",
        "schema": {"type": "string"},
    }
}
"""For the OpenAPI description of answers."""
