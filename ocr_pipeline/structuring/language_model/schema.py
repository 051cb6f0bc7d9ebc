"""What a model's answer must look like, as a JSON Schema made from a kind's fields; and how long it can get.

A field is null, or the numbers of the lines that show it and then its value: a model that has to point first copies
better than one that is asked for its sources afterwards. Every string is bounded, so every answer is.
"""

import math
from dataclasses import dataclass
from typing import Any, assert_never

from ocr_pipeline.kinds.kind import DocumentKind, FieldType
from ocr_pipeline.structuring.language_model.model import Schema

LINE_ITEMS = "line_items"
ITEM_PARTS: dict[str, FieldType] = {
    "description": FieldType.TEXT,
    "quantity": FieldType.AMOUNT,
    "unit_price": FieldType.AMOUNT,
    "amount": FieldType.AMOUNT,
}
MOST_ITEMS = 40
_MOST_LINES, _MOST_ITEM_LINES = 8, 4
_LARGEST_LINE = 99_999

_DATE = r"^(18|19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_AMOUNT = r"^-?[0-9]{1,9}(\.[0-9]{1,4})?$"
_LONGEST_AMOUNT = 15
_CHARACTERS_PER_TOKEN = 3
"""Fewer than in running text, since numbers are cut into single digits."""


@dataclass(frozen=True)
class Budget:
    """Tokens for an answer: `usual` is ample for what documents say, `most` for the longest that the schema allows.

    The longest is rare and mostly the work of a model that has lost the thread, so it is given on a second try only.
    """

    usual: int
    most: int

    @property
    def tries(self) -> tuple[int, int]:
        return self.usual, self.most


def answer_schema(kind: DocumentKind) -> Schema:
    """Every key is required and may be null; no others are allowed."""
    properties: dict[str, Schema] = {spec.name: _or_null(_cited(_value(spec.type))) for spec in kind.fields}
    if kind.has_line_items:
        parts = {name: _value(type_) for name, type_ in ITEM_PARTS.items()}
        nullable = {name: part if name == "description" else _or_null(part) for name, part in parts.items()}
        properties[LINE_ITEMS] = {
            "type": "array",
            "maxItems": MOST_ITEMS,
            "items": _closed({"lines": _lines(_MOST_ITEM_LINES), **nullable}),
        }
    return _closed(properties)


def budget(schema: Schema) -> Budget:
    """A token holds a character at least where a tokenizer knows the script."""
    longest = longest_answer(schema)
    return Budget(usual=math.ceil(longest / _CHARACTERS_PER_TOKEN), most=longest)


def longest_answer(schema: Schema) -> int:
    """Characters of the longest answer, written without white space; none of them escaped.

    Raises ValueError for a schema that does not bound it.
    """
    if "anyOf" in schema:
        return max(longest_answer(choice) for choice in schema["anyOf"])
    match schema["type"]:
        case "null":
            return len("null")
        case "integer":
            return len(str(schema["maximum"]))
        case "string" if "maxLength" in schema:
            return int(schema["maxLength"]) + 2
        case "array" if "maxItems" in schema:
            return 2 + int(schema["maxItems"]) * (1 + longest_answer(schema["items"]))
        case "object":
            return 2 + sum(len(name) + 4 + longest_answer(part) for name, part in schema["properties"].items())
        case _:
            raise ValueError(f"Nothing bounds {schema}")


def _value(type_: FieldType) -> Schema:
    match type_:
        case FieldType.TEXT:
            return _string(120)
        case FieldType.ADDRESS:
            return _string(240)
        case FieldType.CODE:
            return _string(40)
        case FieldType.DATE:
            return _string(10, pattern=_DATE)
        case FieldType.AMOUNT:
            return _string(_LONGEST_AMOUNT, pattern=_AMOUNT)
        case FieldType.CURRENCY:
            return _string(3, pattern="^[A-Z]{3}$")
        case _:
            assert_never(type_)


def _string(longest: int, **more: str) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": longest, **more}


def _lines(most: int) -> Schema:
    line = {"type": "integer", "minimum": 1, "maximum": _LARGEST_LINE}
    return {"type": "array", "minItems": 1, "maxItems": most, "items": line}


def _cited(value: Schema) -> Schema:
    return _closed({"lines": _lines(_MOST_LINES), "value": value})


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [{"type": "null"}, schema]}


def _closed(properties: dict[str, Any]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
