"""A model's text as an answer: whole, or what arrived of one that was cut, and nothing that was not said in full."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.structuring.language_model.schema import ITEM_PARTS, LINE_ITEMS
from ocr_pipeline.structuring.language_model.values import says_nothing

_NUMBER_AT_END = re.compile(r"[-+.\deE]+\Z")
"""Its next digit may have been cut off."""
_UNSTORABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""As in `ocr_pipeline.documents.model`: neither Postgres nor JSON takes them."""


@dataclass(frozen=True)
class Cited:
    """A value as the model wrote it, and the indexes, from 0, of the lines that it says show it."""

    value: str
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Answer:
    """`fields` are those that are not null. An item has its description and those of its other parts not null."""

    fields: dict[str, Cited]
    items: tuple[dict[str, Cited], ...] = field(default=())


def whole_answer(text: str, kind: DocumentKind) -> Answer | None:
    """The answer in `text`, with whatever a model wrote around it.

    None where its JSON does not come to an end, or speaks of no field of the kind.
    """
    try:
        given, _ = json.JSONDecoder().raw_decode(_from_brace(text))
    except (ValueError, RecursionError):
        return None
    is_answer = isinstance(given, dict) and any(spec.name in given for spec in kind.fields)
    return _answer(given, kind) if is_answer else None


def salvaged_answer(text: str, kind: DocumentKind) -> Answer | None:
    """What was said in full before the text was cut; None where that is nothing.

    The value that the cut fell into is left out, and so is a line item of which a part is missing.
    """
    try:
        given = from_json(_NUMBER_AT_END.sub("", _from_brace(text)), allow_partial=True)
    except ValueError:
        return None
    answer = _answer(given, kind) if isinstance(given, dict) else None
    return answer if answer and (answer.fields or answer.items) else None


def _from_brace(text: str) -> str:
    return text[max(text.find("{"), 0) :]


def _answer(given: dict[str, Any], kind: DocumentKind) -> Answer:
    """Servers that do not bind answers let models err in form: what has no value is taken for null."""
    fields = {}
    for spec in kind.fields:
        part = given.get(spec.name)
        cited = _cited(part.get("value"), part.get("lines")) if isinstance(part, dict) else _cited(part, ())
        if cited:
            fields[spec.name] = cited
    items = given.get(LINE_ITEMS) if kind.has_line_items else None
    return Answer(fields, tuple(_items(items if isinstance(items, list) else ())))


def _items(given: Iterable[Any]) -> Iterable[dict[str, Cited]]:
    for item in given:
        if isinstance(item, dict) and ITEM_PARTS.keys() <= item.keys():
            parts = {name: _cited(item[name], item.get("lines")) for name in ITEM_PARTS}
            if parts["description"]:
                yield {name: cited for name, cited in parts.items() if cited}


def _cited(value: Any, lines: Any) -> Cited | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or says_nothing(str(value)):
        return None
    numbers = lines if isinstance(lines, list) else ()
    storable = _UNSTORABLE.sub("\ufffd", " ".join(str(value).split()))
    return Cited(storable, tuple(n - 1 for n in numbers if isinstance(n, int) and not isinstance(n, bool) and n > 0))
