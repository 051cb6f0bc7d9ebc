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
    Column("tenant", Text, nullable=False, server_default="default"),  # of all its documents
    Column("lane", Text, nullable=False, server_default="batch"),  # a Lane: who waits for it
    Column("subject", Text),  # who sent it; null for the inbox and for single files put together
    Column("webhook", Text),  # where to tell that all its documents are final
    Column("closed_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("looked_at", DateTime(timezone=True)),  # somebody last saw to it that it has a run
    Column("finished_at", DateTime(timezone=True)),  # all its documents have a final state
    Column("faults", Integer, nullable=False, server_default="0"),  # runs that failed though nothing was down
    Column("retired_at", DateTime(timezone=True)),  # Dagster forgot its partition
    Column("cleared_at", DateTime(timezone=True)),  # what the stages made of it was removed
    Index("ix_batches_unretired", "finished_at", postgresql_where=text("retired_at IS NULL")),
    Index("ix_batches_uncleared", "finished_at", postgresql_where=text("cleared_at IS NULL")),
    Index("ix_batches_unfinished", "looked_at", postgresql_where=text("finished_at IS NULL")),
    Index("ix_batches_tenant_key", "tenant", "key"),
)

batch_statistics = Table(
    "batch_statistics",
    metadata,
    Column("batch", Text, ForeignKey("batches.key", ondelete="CASCADE"), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("finished_at", DateTime(timezone=True), nullable=False),
    Column("documents", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("needs_review", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("valid", Integer, nullable=False),  # documents with a valid output; a file that is refused by a code is one
    Column("confidence", Float),  # mean of the documents that have one
    Column("with_sums", Integer, nullable=False),  # documents with sums to check ...
    Column("reconciled", Integer, nullable=False),  # ... and those whose sums agree
    Column("duplicates", Integer, nullable=False),
    Column("filled", JSONB, nullable=False),  # field name to the documents in which it has a value
    Column("seconds", JSONB, nullable=False),  # stage name to the sum over the documents
    Column("versions", JSONB, nullable=False),  # stage name to the version that was in force
    Index("ix_batch_statistics_tenant_finished_at", "tenant", "lane", "finished_at"),
    Index("ix_batch_statistics_finished_at", "finished_at"),
)

daily_statistics = Table(
    "daily_statistics",
    metadata,
    Column("day", Date, primary_key=True),  # in UTC
    Column("tenant", Text, primary_key=True),
    Column("batches", Integer, nullable=False),
    Column("documents", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("needs_review", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("valid", Integer, nullable=False),
    Column("confidence", Float),
    Column("with_sums", Integer, nullable=False),
    Column("reconciled", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("seconds", JSONB, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False, server_default="default"),  # nobody else ever sees it
    Column("subject", Text),  # who sent it; null for the inbox
    Column("request_id", Text),  # of the request that it came by
    Column("lane", Text, nullable=False, server_default="batch"),  # a Lane
    Column("options", JSONB, nullable=False, server_default=text("'{}'")),  # Options: what its sender asked for
    Column("webhook", Text),  # where to tell that it is final
    Column("file", Text, nullable=False),  # the name its sender gave it
    Column("object_key", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text),  # null until its bytes were read
    Column("pages", Integer),  # null until intake counted them
    Column("refusal", JSONB(none_as_null=True)),  # a Rejection: why intake does not let it in, under this name
    Column("batch", Text, ForeignKey("batches.key")),
    Column("state", Text, nullable=False),
    Column("reason", JSONB(none_as_null=True)),  # a Rejection
    Column("seconds", JSONB, nullable=False, server_default=text("'{}'")),  # stage name to seconds
    Column("versions", JSONB, nullable=False, server_default=text("'{}'")),  # stage name to version, once it is final
    Column("arrived_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("finished_at", DateTime(timezone=True)),
    Column("erased_at", DateTime(timezone=True)),  # the row stays, and nothing of the document
    UniqueConstraint("object_key", "etag"),
    Index("ix_ledger_batch", "batch"),
    Index(
        "ix_ledger_waiting",
        "lane",
        "tenant",
        "arrived_at",
        "id",
        postgresql_where=text("batch IS NULL AND finished_at IS NULL"),
    ),
    Index("ix_ledger_unfinished", "id", postgresql_where=text("finished_at IS NULL")),
    Index("ix_ledger_tenant_id", "tenant", "id"),
    Index("ix_ledger_sha256", "sha256"),
    Index("ix_ledger_half_erased", "id", postgresql_where=text("erased_at IS NOT NULL AND etag <> ''")),
)

beginnings = Table(
    "beginnings",
    metadata,
    Column("document_id", Text, ForeignKey("ledger.id", ondelete="CASCADE"), primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("count", Integer, nullable=False),  # how often work on it began there and did not come to an end
    # Written twice a document, and worth nothing after a crash of Postgres itself: no log, no waiting for it.
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

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request", Text, nullable=False),  # hash of what was asked for
    Column("document_id", Text, ForeignKey("ledger.id", ondelete="CASCADE")),  # what came of it: this ...
    Column("batch", Text, ForeignKey("batches.key", ondelete="CASCADE")),  # ... or this
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Index("ix_idempotency_keys_created_at", "created_at"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),  # the claim `jti`
    Column("subject", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("scopes", Text, nullable=False),  # with spaces between
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Index("ix_tokens_revoked_at", "revoked_at", postgresql_where=text("revoked_at IS NOT NULL")),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("event", Text, nullable=False),  # document.finished or batch.finished
    Column("document_id", Text, ForeignKey("ledger.id", ondelete="CASCADE")),  # what it is about: this ...
    Column("batch", Text, ForeignKey("batches.key", ondelete="CASCADE")),  # ... or this
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("due_at", DateTime(timezone=True), server_default=text("now()")),  # of the next attempt; null once it ended
    Column("delivered_at", DateTime(timezone=True)),
    Column("attempts", JSONB, nullable=False, server_default=text("'[]'")),  # list of {at, status, error, seconds}
    Index("ix_deliveries_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("ix_deliveries_tenant_id", "tenant", "id"),
    Index("ix_deliveries_document_id", "document_id"),
    Index("ix_deliveries_batch", "batch"),
)
