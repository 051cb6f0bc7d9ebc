"""What must hold for a record to be accepted without a person's look.

Rules are data: a kind lists those that hold for it. Sums are in `ocr_pipeline.kinds.sums`, checksums in
`ocr_pipeline.kinds.checksums`. That each value is one of its field's type need not be listed; it holds for all kinds.
"""

from dataclasses import dataclass
from typing import Protocol

from ocr_pipeline.documents.model import DocumentText, Record, ReviewReason
from ocr_pipeline.kinds.values import date_of
from ocr_pipeline.kinds.wording import in_words

MISSING = "missing"
NOTHING_FOUND = "nothing_found"


class Rule(Protocol):
    """One thing that must hold. A rule knows a record and its text, and nothing of engines, tables or services."""

    def check(self, record: Record, text: DocumentText, /) -> list[ReviewReason]:
        """What speaks against the record; nothing where the rule holds or cannot be told."""
        ...


@dataclass(frozen=True)
class Required:
    """Each of these fields has a value."""

    fields: tuple[str, ...]

    def check(self, record: Record, _: DocumentText) -> list[ReviewReason]:
        return [
            ReviewReason(code=MISSING, message=f"No {in_words(name)} was found.", field=name)
            for name in self.fields
            if name not in record.fields
        ]


@dataclass(frozen=True)
class SomethingFound:
    """There is at least one field, whichever."""

    def check(self, record: Record, _: DocumentText) -> list[ReviewReason]:
        if record.fields:
            return []
        return [ReviewReason(code=NOTHING_FOUND, message="There is text, but no field could be read from it.")]


@dataclass(frozen=True)
class NotBefore:
    """The one day is not before the other; what is due is due after it was issued."""

    later: str
    earlier: str

    def check(self, record: Record, _: DocumentText) -> list[ReviewReason]:
        later, earlier = date_of(record.fields.get(self.later)), date_of(record.fields.get(self.earlier))
        if later is None or earlier is None or later >= earlier:
            return []
        message = f"The {in_words(self.later)} {later} is before the {in_words(self.earlier)} {earlier}."
        return [ReviewReason(code="dates_disagree", message=message, field=self.later)]
