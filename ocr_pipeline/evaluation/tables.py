"""A summary for people."""

from collections.abc import Iterator, Mapping

from rich.table import Table

from ocr_pipeline.evaluation.review import ReviewScore
from ocr_pipeline.evaluation.score import FieldScore, Score
from ocr_pipeline.evaluation.summary import Summary


def tables(summary: Summary, engines: Mapping[str, str]) -> Iterator[Table]:
    """`engines` are names by what they are."""
    yield _overview(summary, engines)
    if summary.score.fields:
        yield _fields(summary.score)
    if summary.review and summary.review.reasons:
        yield _reasons(summary.review)


def _overview(summary: Summary, engines: Mapping[str, str]) -> Table:
    right, review = summary.score, summary.review
    rows: list[tuple[str, float | None]] = [
        ("word F1", right.word_f1),
        ("word precision", right.word_precision),
        ("word recall", right.word_recall),
        ("character error rate", right.cer),
        ("calibration error of words", summary.calibration_error),
        ("seconds a page", summary.seconds_per_page),
        ("seconds a page for structuring, median", summary.structuring_seconds_per_page),
    ]
    if right.all_right:
        rows += [
            ("all labelled fields right, strict", right.all_right.strict),
            ("all labelled fields right, any case", right.all_right.strict_any_case),
            ("all labelled fields right, normalised", right.all_right.normalised),
            ("calibration error of fields", summary.field_calibration_error),
        ]
    if review:
        rows += [
            ("accepted", review.accepted),
            ("needs review", review.needs_review),
            ("rejected", review.rejected),
            ("valid in the tables", review.schema_valid),
            ("accepted: fields given that are right", review.accepted_precision),
            ("accepted: labelled fields that are right", review.accepted_recall),
        ]
    table = Table(show_header=False, box=None)
    for role, name in engines.items():
        table.add_row(role.replace("_", " "), name)
    states = ", ".join(f"{count} {state}" for state, count in summary.states.items())
    table.add_row("documents", f"{summary.documents} ({states})")
    table.add_row("pages", str(summary.pages))
    for title, value in rows:
        table.add_row(title, _number(value))
    return table


def _fields(score: Score) -> Table:
    """Narrow enough for 80 columns."""
    table = Table("field", "strict\n(any case)", "normalised", "similarity\n(any case)", "documents")
    for name, found in score.fields.items():
        table.add_row(name, *_cells(found))
    if score.mean:
        table.add_section()
        table.add_row("mean", *_cells(score.mean))
    return table


def _cells(found: FieldScore) -> list[str]:
    return [
        f"{_number(found.strict)} ({_number(found.strict_any_case)})",
        _number(found.normalised),
        f"{_number(found.similarity)} ({_number(found.similarity_any_case)})",
        str(found.documents),
    ]


def _reasons(review: ReviewScore) -> Table:
    table = Table("reason", "documents")
    for reason, documents in review.reasons.items():
        table.add_row(reason, str(documents))
    return table


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
