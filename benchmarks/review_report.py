"""What `benchmarks.fields` found, as Markdown tables."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from benchmarks.evidence import Checked, Finding
from benchmarks.field_documents import Judged
from benchmarks.review import Point
from ocr_pipeline.evaluation.calibration import expected_calibration_error, reliability
from ocr_pipeline.evaluation.labelled_fields import LabelledField, claims, precision, recall
from ocr_pipeline.evaluation.review import reasons_of, review_score

_TABLED = (0, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98)
_STATES = (
    *("", "documents", "accepted", "needs review", "rejected", "precision of accepted", "recall of accepted"),
    *("labelled fields right", "all right", "calibration error", "valid rows"),
)


def states(results: Mapping[str, Sequence[Judged]]) -> str:
    """A row for each set: precision is of labelled fields that are given, recall of all that are labelled."""
    rows = []
    for name, documents in results.items():
        review = review_score({one.id: one.result for one in documents}, {one.id: one.fields for one in documents})
        fields = [field for one in documents for field in one.fields]
        with_labels = [all(field.is_right for field in one.fields) for one in documents if one.fields]
        shares = (review.accepted, review.needs_review, review.rejected) if review else (None, None, None)
        in_accepted = (review.accepted_precision, review.accepted_recall) if review else (None, None)
        rows.append(
            [
                name,
                str(len(documents)),
                *map(_number, (*shares, *in_accepted, recall(fields))),
                _number(sum(with_labels) / len(with_labels) if with_labels else None),
                _number(expected_calibration_error(reliability(claims(fields)))),
                _number(review.schema_valid if review else None),
            ]
        )
    return _table(_STATES, rows)


def curve(curves: Mapping[str, Sequence[Point]]) -> str:
    """Share accepted and precision of the fields in these, by set."""
    by_threshold = {name: {point.threshold: point for point in points} for name, points in curves.items()}
    rows = [
        [
            f"{threshold:g}",
            *(f"{_number(at[threshold].accepted)}, {_number(at[threshold].precision)}" for at in by_threshold.values()),
        ]
        for threshold in _TABLED
    ]
    return _table(["threshold", *(f"{name}: accepted, precision" for name in curves)], rows)


def fields(documents: Sequence[Judged], threshold: float) -> str:
    """A row for each field that is labelled: how right its values are at the threshold or above, and below."""
    found: dict[str, list[LabelledField]] = {}
    for field in (field for one in documents for field in one.fields):
        found.setdefault(field.name, []).append(field)
    rows = []
    for name, values in sorted(found.items()):
        given = [field for field in values if field.value is not None]
        sure = [field for field in given if field.confidence >= threshold]
        unsure = [field for field in given if field.confidence < threshold]
        counts = [len(values), len(sure), len(unsure), len(values) - len(given)]
        rows.append([name, *map(str, counts), _number(recall(values)), *map(_number, map(precision, (sure, unsure)))])
    return _table(("field", "labelled", "sure", "unsure", "missing", "right", "right if sure", "right if unsure"), rows)


def reasons(documents: Sequence[Judged]) -> str:
    """Documents by reason, those where it is the only one, and those of them whose labelled fields are all right."""
    named = {one.id: reasons_of(one.result) for one in documents}
    right = {one.id for one in documents if one.fields and all(field.is_right for field in one.fields)}
    counted = Counter(reason for found in named.values() for reason in found)
    alone = Counter(found[0] for found in named.values() if len(found) == 1)
    needless = Counter(found[0] for id_, found in named.items() if len(found) == 1 and id_ in right)
    rows = [[reason, str(count), str(alone[reason]), str(needless[reason])] for reason, count in counted.most_common()]
    return _table(["reason", "documents", "alone", "alone, all labelled fields right"], rows)


def evidence(found: Mapping[str, Iterable[Checked]]) -> str:
    """How many values there are of each finding, then one line for each that no words give. `found` by document."""
    values = [(document, value) for document, of_document in found.items() for value in of_document]
    counted = Counter(value.finding for _, value in values)
    rows = [[finding.value, str(counted[finding])] for finding in Finding]
    exceptions = [
        f"- {document} {value.name}: {value.value!r}, {value.finding.value}"
        f" ({value.evidence.computation or value.evidence.attachment or ' '.join(value.evidence.words)})"
        for document, value in values
        if value.finding is not Finding.GIVEN
    ]
    return "\n".join([_table(["evidence", "values"], rows), *([""] if exceptions else []), *exceptions])


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
