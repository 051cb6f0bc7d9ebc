"""The Postgres table of what accepted documents taught of their vendors."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from ocr_pipeline.storage.schema import metadata

vendor_lessons = Table(
    "vendor_lessons",
    metadata,
    # A document's row for each of its vendor's keys; in this order, so that the latest of a key lie side by side.
    Column("vendor_key", Text, primary_key=True),
    Column("document_id", Text, ForeignKey("documents.document_id", ondelete="CASCADE"), primary_key=True),
    Column("lesson", JSONB, nullable=False),  # the whole Lesson
    Index("ix_vendor_lessons_document_id", "document_id"),
)
