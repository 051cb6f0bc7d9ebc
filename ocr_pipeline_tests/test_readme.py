"""The README is true."""

import re
from pathlib import Path

from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.settings import Settings

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_every_setting_stands_in_the_table_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(OCR_[A-Z0-9_]+)` \| (.*?) \|", README, re.MULTILINE))

    assert rows == {
        f"OCR_{name.upper()}": _default(field.get_default(call_default_factory=True))
        for name, field in Settings.model_fields.items()
    }


def test_every_code_of_a_rejected_document_is_explained() -> None:
    codes = [code for code in ErrorCode if code.name in _REJECTIONS]

    assert len(codes) == len(_REJECTIONS)
    for code in codes:
        assert f"`{code}`" in README


_REJECTIONS = {
    "EMPTY_FILE", "FILE_MISSING", "FILE_TOO_LARGE", "UNSUPPORTED_TYPE", "TYPE_MISMATCH", "TRUNCATED_FILE",
    "CORRUPT_FILE", "ENCRYPTED_PDF", "TOO_MANY_PAGES", "TOO_MANY_PIXELS", "DECOMPRESSION_BOMB", "POLYGLOT_FILE",
    "ACTIVE_PDF", "NO_SUCH_PAGE", "CANCELLED", "PROCESSING_FAILED",
}  # fmt: skip


def _default(value: object) -> str:
    text = str(getattr(value, "get_secret_value", lambda: value)())
    return f"`{text.lower() if isinstance(value, bool) else text}`" if text else ""
