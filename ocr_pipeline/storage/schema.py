"""The Postgres tables. Alembic's migrations make them; a test holds the two together."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

batches = Table(
    "batches",
    metadata,
    Column("key", Text, primary_key=True),
    Column("closed_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("looked_at", DateTime(timezone=True)),  # somebody last saw to it that it has a run
    Column("finished_at", DateTime(timezone=True)),  # all its documents have a final state
    Index("ix_batches_unfinished", "looked_at", postgresql_where=text("finished_at IS NULL")),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", Text, primary_key=True),
    Column("file", Text, nullable=False),  # the name its sender gave it
    Column("object_key", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text),  # null until its bytes were read
    Column("refusal", JSONB(none_as_null=True)),  # a Rejection: why intake does not let it in, under this name
    Column("batch", Text, ForeignKey("batches.key")),
    Column("state", Text, nullable=False),
    Column("reason", JSONB(none_as_null=True)),  # a Rejection
    Column("seconds", JSONB, nullable=False, server_default=text("'{}'")),  # stage name to seconds
    Column("arrived_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("finished_at", DateTime(timezone=True)),
    UniqueConstraint("object_key", "etag"),
    Index("ix_ledger_batch", "batch"),
    Index("ix_ledger_unbatched", "arrived_at", postgresql_where=text("batch IS NULL")),
)

beginnings = Table(
    "beginnings",
    metadata,
    Column("document_id", Text, ForeignKey("ledger.id", ondelete="CASCADE"), primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("count", Integer, nullable=False),  # how often work on it began and did not come to an end
    # Written twice a document and stage, and worth nothing after a crash of Postgres itself: no log, no waiting for it.
    prefixes=["UNLOGGED"],
)

documents = Table(
    "documents",
    metadata,
    Column("document_id", Text, ForeignKey("ledger.id", ondelete="CASCADE"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("vendor_name", Text),
    Column("vendor_address", Text),
    Column("vendor_tax_id", Text),
    Column("iban", Text),
    Column("invoice_number", Text),
    Column("document_date", Date),
    Column("due_date", Date),
    Column("currency", Text),
    Column("subtotal", Numeric),
    Column("tax", Numeric),
    Column("rounding", Numeric),
    Column("total", Numeric),
    Column("cash", Numeric),
    Column("change", Numeric),
    Column("extra", JSONB, nullable=False, server_default=text("'{}'")),  # fields of a user's kind, as texts by name
    Column("confidence", Float, nullable=False),
    Column("items_to_subtotal", Boolean),
    Column("subtotal_and_tax_to_total", Boolean),
    Column("cash_and_change_to_total", Boolean),
    # The earliest document that says the same. What hangs on one that is deleted is set free, not deleted with it.
    Column("duplicate_of", Text, ForeignKey("ledger.id", ondelete="SET NULL")),
    Column("verdict", JSONB, nullable=False),  # the whole Verdict, with evidence
    Column("version", Text, nullable=False),  # version of the last stage
    Column("validated_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Index("ix_documents_duplicate_of", "duplicate_of", postgresql_where=text("duplicate_of IS NOT NULL")),
)

fingerprints = Table(
    "fingerprints",
    metadata,
    Column("document_id", Text, ForeignKey("ledger.id", ondelete="CASCADE"), primary_key=True),
    Column("fingerprint", Text, primary_key=True),  # documents that share one say the same
    Index("ix_fingerprints_fingerprint", "fingerprint", "document_id"),
)

line_items = Table(
    "line_items",
    metadata,
    Column("document_id", Text, ForeignKey("documents.document_id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("description", Text, nullable=False),
    Column("quantity", Numeric),
    Column("unit_price", Numeric),
    Column("amount", Numeric),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("document_id", Text, ForeignKey("ledger.id", ondelete="CASCADE"), primary_key=True),
    Column("reasons", JSONB, nullable=False),  # list of {code, message, field}
    Column("verdict", JSONB(none_as_null=True)),  # the Verdict whose rows were refused; null for a rejected file
    Column("version", Text, nullable=False),
    Column("quarantined_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
)
