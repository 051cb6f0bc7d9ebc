"""What must hold for a record to be accepted without a person's look."""

from typing import Protocol

from ocr_pipeline.documents.model import DocumentText, Record, ReviewReason


class Rule(Protocol):
    """One thing that must hold. A rule knows a record and its text, and nothing of engines, tables or services."""

    def check(self, record: Record, text: DocumentText) -> list[ReviewReason]:
        """What speaks against the record; nothing where the rule holds or cannot be told."""
        ...
