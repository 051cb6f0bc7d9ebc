"""How a value of the XML stands to what the pages say."""

import unicodedata
from decimal import Decimal, InvalidOperation
from enum import Enum, auto

from rapidfuzz import fuzz

from ocr_pipeline.documents.model import DocumentText, Field
from ocr_pipeline.kinds.kind import FieldType

_ALIKE = 85.0
"""Per cent of a text's letters and digits that another has in the same order, at least, for both to mean the same."""
_SHORTEST = 4
"""Characters below which a text is part of too many others."""
_LIKELY = 0.5
"""Confidence from which on what the engine read counts against a value that is not found on the page."""
_SURE = 0.9
"""The same for a value that is found elsewhere on the page."""
_NAMES = {FieldType.TEXT, FieldType.ADDRESS}
_UNIQUE = {FieldType.AMOUNT, FieldType.CODE}
"""What may be found elsewhere on the page and mean something else there, such as an amount among the items. Of names
and dates a page has several, among which an engine may take the wrong one."""


class Standing(Enum):
    AGREES = auto()
    """The engine read the same from the page, or thought it possible."""
    PRINTED = auto()
    """It is on the page, but the engine chose another value or none."""
    ABSENT = auto()
    """It is not found on the page, nor is another value in its place."""
    DISPUTED = auto()
    """The page has another value in its place."""


class PrintedWords:
    """The words on each page, letters and digits only."""

    def __init__(self, text: DocumentText) -> None:
        self._pages = [{key(word.text) for line in page.lines for word in line.words} for page in text.pages]

    def has_all(self, value: str) -> bool:
        """Whether one page has every word of `value`, wherever it stands."""
        wanted = {key(word) for word in value.split()} - {""}
        return bool(wanted) and any(wanted <= page for page in self._pages)


def standing(value: str, field_type: FieldType, seen: Field | None, is_printed: bool) -> Standing:
    """`seen` is what the engine read from the page; `is_printed` tells whether the value is there at all."""
    if seen is not None and _is_meant(value, field_type, seen):
        return Standing.AGREES
    if seen is not None and _contradicts(field_type, seen, is_printed):
        return Standing.DISPUTED
    return Standing.PRINTED if is_printed else Standing.ABSENT


def is_same(one: str, other: str, field_type: FieldType) -> bool:
    """Whether both are one value, however they are written."""
    if field_type is FieldType.AMOUNT:
        return _decimal(one) == _decimal(other) is not None
    return key(one) == key(other)


def is_alike(one: str, other: str) -> bool:
    """Whether two texts are the same but for a few characters, or one is part of the other."""
    keys = key(one), key(other)
    return min(map(len, keys)) >= _SHORTEST and fuzz.partial_ratio(*keys) >= _ALIKE


def key(text: str) -> str:
    """Letters and digits, without case and accents."""
    return "".join(part for part in unicodedata.normalize("NFKD", text).casefold() if part.isalnum())


def _is_meant(value: str, field_type: FieldType, seen: Field) -> bool:
    readings = [seen.value, *(reading.value for reading in seen.alternatives)]
    if field_type is FieldType.AMOUNT:  # credit notes have a minus on the page, and none in the XML
        return any(is_same(value.lstrip("-"), reading.lstrip("-"), field_type) for reading in readings)
    if any(is_same(value, reading, field_type) for reading in readings):
        return True
    return field_type in _NAMES and is_alike(value, seen.value)


def _contradicts(field_type: FieldType, seen: Field, is_printed: bool) -> bool:
    if is_printed:
        return field_type in _UNIQUE and seen.confidence >= _SURE
    return field_type is not FieldType.ADDRESS and seen.confidence >= _LIKELY


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
