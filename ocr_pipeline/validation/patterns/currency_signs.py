"""Signs of money that stand for several currencies, so that only the vendor's habit tells which."""

import re

from ocr_pipeline.documents.model import DocumentText, Evidence, Field
from ocr_pipeline.kinds.currency_signs import SHARED_SIGNS

_SIGN = re.compile(r"(?<![A-Za-z])(?:[$£¥](?![A-Za-z])|(?:kr|rs)(?=\.?-?\s?\d|\.?$))", re.IGNORECASE)


def shared_sign(field: Field) -> str | None:
    """The sign that a currency was read from, where it is one that several have."""
    return next((sign for word in field.evidence.words for sign in _signs(word)), None)


def may_stand_for(sign: str, code: str) -> bool:
    return code in SHARED_SIGNS[sign]


def sign_for(text: DocumentText, code: str) -> Evidence | None:
    """The first sign on the document that the currency has in common with others."""
    for page in text.pages:
        for line in page.lines:
            for word in line.words:
                if any(may_stand_for(sign, code) for sign in _signs(word.text)):
                    return Evidence(page=page.number, box=word.box, words=(word.text,))
    return None


def _signs(word: str) -> list[str]:
    return [match[0].upper() for match in _SIGN.finditer(word)]
