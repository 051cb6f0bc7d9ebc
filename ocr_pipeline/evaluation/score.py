"""How right a set of predictions is: words, characters and fields.

Fields are compared as printed (strict), as what they mean (normalised: letters and digits, dates, amounts) and by
edits (similarity). Strict and similarity tell upper from lower case; ``any_case`` stands for the same without, as some
truths are all upper case whatever the print.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from rapidfuzz.distance import Levenshtein

from ocr_pipeline.evaluation.text_score import character_error_rate, word_scores

_KINDS_IN_READING_ORDER = frozenset({"letter", "page", "line"})


@dataclass(frozen=True)
class Prediction:
    text_lines: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FieldScore:
    """Shares of the documents that have the field: equal as printed, equal in meaning; and mean similarity."""

    strict: float
    strict_any_case: float
    normalised: float
    similarity: float
    similarity_any_case: float
    documents: int


@dataclass(frozen=True)
class AllRight:
    """Shares of the documents with labelled fields that have every one of them right."""

    strict: float
    strict_any_case: float
    normalised: float
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
    mean: FieldScore | None = None
    """Over the fields, whatever the number of their documents; `documents` are those with any."""
    all_right: AllRight | None = None


def score(truths: Iterable[Mapping[str, Any]], predictions: Mapping[str, Prediction]) -> Score:
    """`truths` are the objects of a ``truth.jsonl``; a document without a prediction counts as read empty."""
    pairs = [(truth, predictions.get(truth["id"], Prediction())) for truth in truths]
    with_text = [(truth, found.text_lines) for truth, found in pairs if truth.get("text_lines")]
    precision, recall, f1 = word_scores((truth["text_lines"], lines) for truth, lines in with_text)
    in_order = [(truth, lines) for truth, lines in with_text if truth.get("kind") in _KINDS_IN_READING_ORDER]
    cer = character_error_rate((truth["text_lines"], lines) for truth, lines in in_order)
    compared = [_compared(labelled(truth.get("fields") or {}), found.fields) for truth, found in pairs]
    compared = [document for document in compared if document]
    fields = _fields(compared)
    return Score(precision, recall, f1, cer, fields, _mean(fields, len(compared)), _all_right(compared))


def labelled(labels: Mapping[str, Any]) -> dict[str, list[str]]:
    """Of each field that `labels` (the ``fields`` of a truth) tell, the answers that are right."""
    names = {label.removesuffix("_raw") for label in labels} - {"line_items", "extra"}
    answers = {
        name: [_squeezed(labels[key]) for key in (name, f"{name}_raw") if labels.get(key)] for name in sorted(names)
    }
    return {name: found for name, found in answers.items() if found}


def is_right(name: str, value: str, labels: Mapping[str, Any]) -> bool | None:
    """Whether `value` means what a document's labels say of the field; None where they say nothing."""
    answers = labelled(labels).get(name)
    return _means_one_of(name, _squeezed(value), answers) if answers else None


class _Compared(NamedTuple):
    """One field of one document."""

    strict: float
    strict_any_case: float
    normalised: float
    similarity: float
    similarity_any_case: float


def _compared(answers: Mapping[str, list[str]], found: Mapping[str, str]) -> dict[str, _Compared]:
    return {name: _compare(name, known, _squeezed(found.get(name, ""))) for name, known in answers.items()}


def _compare(name: str, answers: list[str], found: str) -> _Compared:
    folded, folded_answers = found.upper(), [answer.upper() for answer in answers]
    return _Compared(
        strict=found in answers,
        strict_any_case=folded in folded_answers,
        normalised=_means_one_of(name, found, answers),
        similarity=max(Levenshtein.normalized_similarity(answer, found) for answer in answers),
        similarity_any_case=max(Levenshtein.normalized_similarity(answer, folded) for answer in folded_answers),
    )


def _fields(documents: list[dict[str, _Compared]]) -> dict[str, FieldScore]:
    names = sorted({name for document in documents for name in document})
    rows = {name: [document[name] for document in documents if name in document] for name in names}
    return {name: _averages(found, documents=len(found)) for name, found in rows.items()}


def _mean(fields: Mapping[str, FieldScore], documents: int) -> FieldScore | None:
    return _averages(list(fields.values()), documents) if fields else None


def _averages(rows: Sequence[_Compared] | Sequence[FieldScore], documents: int) -> FieldScore:
    ways = {way: _average([getattr(row, way) for row in rows]) for way in _Compared._fields}
    return FieldScore(**ways, documents=documents)


def _all_right(documents: list[dict[str, _Compared]]) -> AllRight | None:
    if not documents:
        return None
    ways = ("strict", "strict_any_case", "normalised")
    shares = {
        way: _average([all(getattr(found, way) for found in document.values()) for document in documents])
        for way in ways
    }
    return AllRight(**shares, documents=len(documents))


def _means_one_of(name: str, found: str, answers: list[str]) -> bool:
    return bool(found) and _meaning(name, found) in [_meaning(name, answer) for answer in answers]


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


def _average(values: Sequence[float]) -> float:
    return sum(values) / len(values)
