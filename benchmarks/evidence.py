"""Whether the evidence of accepted documents holds: its words, joined, give the value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ocr_pipeline.documents.model import Evidence, Field, Support, Verdict
from ocr_pipeline.kinds.kind import DocumentKind, FieldType
from ocr_pipeline.kinds.registry import field_type, kind_named
from ocr_pipeline.structuring.grounding.gives import gives


class Finding(StrEnum):
    GIVEN = "words give it"
    COMPUTED = "computed"
    """No word need say it: the evidence names the computation."""
    ATTACHED = "attachment alone"
    """No page shows it."""
    WRONG = "words do not give it"


@dataclass(frozen=True)
class Checked:
    """A value of a record; those of line items are named like ``line_items[0].amount``."""

    name: str
    value: str
    evidence: Evidence
    finding: Finding


def checked(verdict: Verdict, kinds: Sequence[DocumentKind]) -> Iterator[Checked]:
    """Every value of the verdict's record. Raises PipelineError where its kind is none of `kinds`."""
    kind = kind_named(verdict.record.kind, kinds)
    for name, field in verdict.record.fields.items():
        yield _checked(name, field, field.value, field_type(name, kind))
    for number, item in enumerate(verdict.record.line_items):
        for name, cell in item:
            if isinstance(cell, Field):
                yield _checked(f"line_items[{number}].{name}", cell, *_as_in_table(name, cell.value))


def _as_in_table(name: str, value: str) -> tuple[str, FieldType]:
    """In a table a bare ``2`` gives 2.00, which elsewhere would be taken for a count."""
    if name == "description":
        return value, FieldType.TEXT
    return f"{Decimal(value).normalize():f}", FieldType.AMOUNT


def _checked(name: str, field: Field, value: str, type_: FieldType) -> Checked:
    evidence = field.evidence
    if evidence.page is not None and gives(evidence.words, value, type_) is not Support.UNSUPPORTED:
        finding = Finding.GIVEN
    elif evidence.computation:
        finding = Finding.COMPUTED
    elif evidence.attachment and evidence.page is None:
        finding = Finding.ATTACHED
    else:
        finding = Finding.WRONG
    return Checked(name, field.value, evidence, finding)
