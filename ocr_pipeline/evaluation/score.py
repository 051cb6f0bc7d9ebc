"""How right a set of predictions is: words, characters and fields.

Words are compared as multisets, so their order does not matter; a word is a run of letters A to Z and digits, which
single ``. , / : -`` may join. Characters are compared only where the truth stands in reading order. Fields are
compared as printed (strict) and as what they mean (normalised: letters and digits, dates, amounts).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from rapidfuzz.distance import Levenshtein

_WORD = re.compile(r"[A-Z0-9]+(?:[.,/:\-][A-Z0-9]+)*")
_KINDS_IN_READING_ORDER = frozenset({"letter", "page", "line"})
_EDITORIAL_MARKS = str.maketrans(
    "", "", "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}^"
)


@dataclass(frozen=True)
class Prediction:
    text_lines: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FieldScore:
    """Shares of the documents that have the field: equal as printed, equal in meaning, and mean similarity."""

    strict: float
    normalised: float
    similarity: float
    documents: int


@dataclass(frozen=True)
class Score:
    """All ratios are 0 to 1 (`cer` may exceed 1); None where there is nothing to compare."""

    word_precision: float | None
    word_recall: float | None
    word_f1: float | None
    cer: float | None
    """Edits divided by the characters of the truth."""
    fields: dict[str, FieldScore]


def score(truths: Iterable[Mapping[str, Any]], predictions: Mapping[str, Prediction]) -> Score:
    """`truths` are the objects of a ``truth.jsonl``; a document without a prediction counts as read empty."""
    pairs = [(truth, predictions.get(truth["id"], Prediction())) for truth in truths]
    with_text = [(truth, found) for truth, found in pairs if truth.get("text_lines")]
    in_order = [(truth, found) for truth, found in with_text if truth.get("kind") in _KINDS_IN_READING_ORDER]
    precision, recall, f1 = _words(with_text)
    return Score(precision, recall, f1, _cer(in_order), _fields(pairs))


def is_right(name: str, value: str, labels: Mapping[str, Any]) -> bool | None:
    """Whether `value` means what a document's labels say of the field; None where they say nothing."""
    answers = [_squeezed(labels[key]) for key in (name, f"{name}_raw") if labels.get(key)]
    return _compare(name, answers, _squeezed(value))[1] if answers else None


def _words(pairs: list[tuple[Mapping[str, Any], Prediction]]) -> tuple[float | None, float | None, float | None]:
    matched = expected = predicted = 0
    for truth, found in pairs:
        right, read = _bag(truth["text_lines"]), _bag(found.text_lines)
        matched += (right & read).total()
        expected += right.total()
        predicted += read.total()
    return _ratio(matched, predicted), _ratio(matched, expected), _ratio(2 * matched, expected + predicted)


def _bag(lines: Iterable[str]) -> Counter[str]:
    return Counter(word for line in lines for word in _WORD.findall(line.upper()))


def _cer(pairs: list[tuple[Mapping[str, Any], Prediction]]) -> float | None:
    edits = characters = 0
    for truth, found in pairs:
        right, read = _running_text(truth["text_lines"]), _running_text(found.text_lines)
        edits += Levenshtein.distance(right, read)
        characters += len(right)
    return _ratio(edits, characters)


def _running_text(lines: Iterable[str]) -> str:
    return unicodedata.normalize("NFC", _squeezed(" ".join(lines).translate(_EDITORIAL_MARKS)))


def _fields(pairs: list[tuple[Mapping[str, Any], Prediction]]) -> dict[str, FieldScore]:
    compared: dict[str, list[tuple[bool, bool, float]]] = {}
    for truth, found in pairs:
        labels = truth.get("fields") or {}
        for name in {label.removesuffix("_raw") for label in labels} - {"line_items", "extra"}:
            answers = [_squeezed(labels[key]) for key in (name, f"{name}_raw") if labels.get(key)]
            if answers:
                compared.setdefault(name, []).append(_compare(name, answers, _squeezed(found.fields.get(name, ""))))
    return {
        name: FieldScore(
            strict=sum(strict for strict, _, _ in rows) / len(rows),
            normalised=sum(same for _, same, _ in rows) / len(rows),
            similarity=sum(similarity for _, _, similarity in rows) / len(rows),
            documents=len(rows),
        )
        for name, rows in sorted(compared.items())
    }


def _compare(name: str, answers: list[str], found: str) -> tuple[bool, bool, float]:
    means_the_same = bool(found) and _meaning(name, found) in [_meaning(name, answer) for answer in answers]
    similarity = max(Levenshtein.normalized_similarity(answer, found) for answer in answers)
    return found in answers, means_the_same, similarity


def _meaning(name: str, value: str) -> Decimal | date | str:
    try:
        if name == "total":
            return _amount(value)
        if name == "document_date":
            return date.fromisoformat(value)
    except (ValueError, InvalidOperation):
        pass
    return "".join(character for character in value.upper() if character.isalnum())


def _amount(value: str) -> Decimal:
    """A comma before the last three digits groups thousands; any other last comma is the decimal sign."""
    digits = re.sub(r"[^\d.,\-]", "", value).strip(".,")
    if digits.rfind(",") > digits.rfind(".") and not re.fullmatch(r"-?\d{1,3}(,\d{3})+", digits):
        digits = digits.replace(".", "").replace(",", ".")
    return Decimal(digits.replace(",", ""))


def _squeezed(value: object) -> str:
    return " ".join(str(value).split())


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
