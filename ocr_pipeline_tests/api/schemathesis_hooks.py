"""What `schemathesis.toml` loads: half of the files that are sent are readable documents."""

import hashlib
from io import BytesIO
from typing import Any

import schemathesis
from PIL import Image


def _picture() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (60, 40), "white").save(buffer, "PNG")
    return buffer.getvalue()


_PICTURE = _picture()


@schemathesis.hook
def map_body(_: schemathesis.HookContext, body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    return body | {name: _sometimes_a_picture(body[name]) for name in ("file", "files") if name in body}


def _sometimes_a_picture(value: Any) -> Any:
    """By the bytes themselves, so that a run can be repeated."""
    if isinstance(value, list):
        return [_sometimes_a_picture(one) for one in value]
    if isinstance(value, bytes) and hashlib.sha256(value).digest()[0] % 2:
        return _PICTURE
    return value
