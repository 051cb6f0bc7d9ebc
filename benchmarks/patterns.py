"""What it is worth to learn from accepted documents of the same vendor.

Structures the documents of labelled folders and judges them in batches, once without and once with the lessons of the
batches before. A second table takes away all that tells the order of an ambiguous date but the vendor's other
documents: 03/04/2018 is read month first, with the other reading beside it. Figures are means over several orders of
the documents, the first of them the folders' own. Prints Markdown, as in docs/patterns.md.
"""

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Annotated, Any

import typer

from ocr_pipeline.documents.model import DocumentText, Reading, Record, State, Verdict
from ocr_pipeline.evaluation.run import load_truth
from ocr_pipeline.evaluation.score import Prediction, score
from ocr_pipeline.kinds.registry import kind_named, kinds
from ocr_pipeline.pipeline import process, structure, structuring_engine
from ocr_pipeline.settings import Settings, get_settings
from ocr_pipeline.validation.patterns.date_order import DateOrder, certain_order, order_read, swapped
from ocr_pipeline.validation.patterns.keys import vendor_keys
from ocr_pipeline.validation.patterns.lesson import Lesson, lesson_of
from ocr_pipeline.validation.patterns.settle import settle
from ocr_pipeline.validation.patterns.vendor_patterns import VendorPatterns
from ocr_pipeline.validation.verdict import validate

_LATEST = 20
"""Lessons of a vendor that count, as in `ocr_pipeline.storage.vendor_patterns`."""
_PRECISION = 0.97


@dataclass(frozen=True)
class Document:
    truth: dict[str, Any]
    text: DocumentText
    record: Record


@dataclass(frozen=True)
class Judged:
    document: Document
    verdict: Verdict
    right: dict[str, bool]
    """Labelled fields, and whether the verdict's record has them right (normalised)."""
    knows_order: bool
    """Whether the vendor's order of dates was known by then."""

    @property
    def accepted(self) -> bool:
        return self.verdict.state is State.ACCEPTED


def main(
    folders: Annotated[list[Path], typer.Argument(help="Folders with a truth.jsonl, in the order in which they come.")],
    texts: Annotated[
        Path | None, typer.Option(help="Recognized texts: FOLDER/SPLIT/SET/ID.json; recognized anew where missing.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, help="Documents that are judged before they teach.")] = 20,
    orders: Annotated[int, typer.Option(min=1, help="In how many orders the documents come.")] = 5,
) -> None:
    settings = get_settings()
    documents = [document for folder in folders for document in _documents(folder, texts, settings)]
    ways = [documents, *(random.Random(seed).sample(documents, len(documents)) for seed in range(1, orders))]  # noqa: S311

    def judge(shuffled: Sequence[Document], learning: bool) -> list[Judged]:
        return judged_in_batches(shuffled, batch, settings, learning=learning)

    typer.echo(f"{len(documents)} documents, batches of {batch}, {orders} orders\n")
    _print_fields([(judge(way, False), judge(way, True)) for way in ways])
    bare = [[replace(document, record=month_first(document)) for document in way] for way in ways]
    _print_dates([(judge(way, False), judge(way, True)) for way in bare])


def judged_in_batches(documents: Sequence[Document], batch: int, settings: Settings, *, learning: bool) -> list[Judged]:
    """The verdicts in the documents' order; with `learning` every batch is settled by what those before it taught."""
    lessons: dict[str, list[Lesson]] = {}
    judged: list[Judged] = []
    for start in range(0, len(documents), batch):
        known = {key: VendorPatterns.of(key, taught[-_LATEST:]) for key, taught in lessons.items()}
        some = [_judged(document, known, settings) for document in documents[start : start + batch]]
        judged += some
        for one in some if learning else ():
            lesson = lesson_of(one.document.record, one.verdict.record, one.document.text)
            if lesson is not None and one.accepted:
                for key in lesson.keys:
                    lessons.setdefault(key, []).append(lesson)
    return judged


def month_first(document: Document) -> Record:
    """The record with its date read as in the United States, where nothing on the document says otherwise."""
    field = document.record.fields.get("document_date")
    if field is None or not is_open(document):
        return document.record
    if order_read(field) is DateOrder.DAY_FIRST:
        other = Reading(value=field.value, confidence=field.confidence / 3, evidence=field.evidence)
        changes = {"value": swapped(field.value), "confidence": field.confidence * 2 / 3, "alternatives": (other,)}
        field = field.model_copy(update=changes)
    return document.record.model_copy(update={"fields": {**document.record.fields, "document_date": field}})


def is_open(document: Document) -> bool:
    """Whether only the vendor's other documents can tell the order of its date."""
    field = document.record.fields.get("document_date")
    return field is not None and order_read(field) is not None and certain_order(document.text) is None


def _documents(folder: Path, texts: Path | None, settings: Settings) -> Iterable[Document]:
    engine = structuring_engine(settings)
    for truth in load_truth(folder):
        file = folder / truth["file"]
        name = re.sub(r"[^\w.-]", "_", truth["id"]) + ".json"
        kept = texts and texts / folder.parent.name / folder.name / name
        if kept and kept.is_file():
            text: DocumentText | None = DocumentText.model_validate_json(kept.read_bytes())
        else:
            text = process(file.read_bytes(), file.name, settings).text
        if text is not None:
            yield Document(truth, text, structure(text, engine, settings))


def _judged(document: Document, known: dict[str, VendorPatterns], settings: Settings) -> Judged:
    choices = kinds(settings.document_kinds)
    kind = kind_named(document.record.kind, choices)
    record = settle(document.record, document.text, known, kind)
    values = {name: field.value for name, field in record.fields.items()}
    found = score([document.truth], {document.truth["id"]: Prediction(fields=values)}).fields
    return Judged(
        document,
        validate(record, document.text, settings.review_confidence, choices),
        {name: bool(scored.normalised) for name, scored in found.items()},
        any(known[key].date_order for key in vendor_keys(document.record) if key in known),
    )


Pair = tuple[list[Judged], list[Judged]]
"""The same documents without and with patterns."""


def _print_fields(pairs: Sequence[Pair]) -> None:
    typer.echo("| | without | with | put right | made wrong |\n|---|---|---|---|---|")
    for name in sorted({name for one in pairs[0][0] for name in one.right}):
        changes = [
            (one.right[name], other.right[name])
            for without, with_ in pairs
            for one, other in zip(without, with_, strict=True)
            if name in one.right
        ]
        better, worse = changes.count((False, True)) / len(pairs), changes.count((True, False)) / len(pairs)
        typer.echo(f"{_row(f'{name} right', _shares(partial(_wanted, [name]), pairs))} {better:.1f} | {worse:.1f} |")
    typer.echo(f"{_row('documents accepted', _shares(lambda one: [one.accepted], pairs))} | |")
    in_accepted = _shares(lambda one: _wanted(one.right, one) if one.accepted else [], pairs)
    typer.echo(f"{_row('fields right in these', in_accepted)} | |")
    name = f"accepted where {_PRECISION:.0%} of fields are to be right"
    typer.echo(f"{_row(name, [[_share_at(pair[way]) for pair in pairs] for way in (0, 1)])} | |")


def _print_dates(pairs: Sequence[Pair]) -> None:
    def date_right(one: Judged) -> list[bool]:
        return _wanted(["document_date"], one) if is_open(one.document) else []

    count = sum(len(date_right(one)) for one in pairs[0][0])
    told = [[one for one in with_ if one.knows_order] for _, with_ in pairs]
    mean_told = mean(sum(len(date_right(one)) for one in with_) for with_ in told)
    typer.echo(f"\n| {count} ambiguous dates, read month first | without | with |\n|---|---|---|")
    typer.echo(_row("right", _shares(date_right, pairs)))
    only_told = _shares(date_right, [([], with_) for with_ in told])
    typer.echo(_row(f"right among the {mean_told:.1f} whose vendor's order was known by then", only_told))


def _share_at(judged: Sequence[Judged]) -> float:
    """The most documents, the surest first, that can be accepted with so many of their fields right."""
    best = right = fields = 0
    surest = sorted((one for one in judged if one.accepted), key=lambda one: -one.verdict.confidence)
    for count, one in enumerate(surest, 1):
        right, fields = right + sum(one.right.values()), fields + len(one.right)
        if right >= _PRECISION * fields:
            best = count
    return best / len(judged)


def _wanted(names: Iterable[str], one: Judged) -> list[bool]:
    return [one.right[name] for name in names if name in one.right]


def _shares(values: Callable[[Judged], list[bool]], pairs: Sequence[Pair]) -> list[list[float]]:
    """Without and with patterns, the share of true values of each order that has any."""
    return [
        [mean(map(float, found)) for pair in pairs if (found := [value for one in pair[way] for value in values(one)])]
        for way in (0, 1)
    ]


def _row(name: str, shares: Sequence[Sequence[float]]) -> str:
    return f"| {name} | {' | '.join(_plain(way) for way in shares)} |"


def _plain(shares: Sequence[float]) -> str:
    """Mean and range over the orders."""
    if not shares:
        return "–"  # noqa: RUF001
    low, high = f"{min(shares):.3f}", f"{max(shares):.3f}"
    return low if low == high else f"{mean(shares):.3f} ({low} to {high})"


if __name__ == "__main__":
    typer.run(main)
