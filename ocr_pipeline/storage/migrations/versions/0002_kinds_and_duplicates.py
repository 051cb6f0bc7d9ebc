"""Kinds of documents: more columns, fields of a user's kinds, duplicates"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

_COLUMNS = (
    ("vendor_tax_id", sa.Text),
    ("iban", sa.Text),
    ("due_date", sa.Date),
    ("rounding", sa.Numeric),
    ("cash", sa.Numeric),
    ("change", sa.Numeric),
    ("cash_and_change_to_total", sa.Boolean),
    ("duplicate_of", sa.Text),
)


def upgrade() -> None:
    for name, type_ in _COLUMNS:
        op.add_column("documents", sa.Column(name, type_(), nullable=True))
    op.add_column(
        "documents",
        sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    # What was read before there were kinds had the fields of a form, and no rules of another kind were asked of it.
    op.add_column("documents", sa.Column("kind", sa.Text(), server_default=sa.text("'form'"), nullable=False))
    op.alter_column("documents", "kind", server_default=None)
    op.execute("UPDATE documents SET verdict = jsonb_set(verdict, '{record,kind}', '\"form\"')")
    op.execute(
        "UPDATE quarantine SET verdict = jsonb_set(verdict, '{record,kind}', '\"form\"') WHERE verdict IS NOT NULL"
    )
    op.create_foreign_key(
        op.f("fk_documents_duplicate_of_ledger"), "documents", "ledger", ["duplicate_of"], ["id"], ondelete="SET NULL"
    )
    op.create_index(
        "ix_documents_duplicate_of",
        "documents",
        ["duplicate_of"],
        unique=False,
        postgresql_where=sa.text("duplicate_of IS NOT NULL"),
    )
    op.create_table(
        "fingerprints",
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["ledger.id"], name=op.f("fk_fingerprints_document_id_ledger"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", "fingerprint", name=op.f("pk_fingerprints")),
    )
    # Of their bytes; what else they say is entered when their batch is validated again.
    op.execute(
        "INSERT INTO fingerprints SELECT id, 'bytes:' || sha256 FROM ledger "
        "WHERE sha256 IS NOT NULL AND state IN ('accepted', 'needs_review')"
    )
    op.create_index("ix_fingerprints_fingerprint", "fingerprints", ["fingerprint", "document_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_fingerprints_fingerprint", table_name="fingerprints")
    op.drop_table("fingerprints")
    op.drop_index(
        "ix_documents_duplicate_of", table_name="documents", postgresql_where=sa.text("duplicate_of IS NOT NULL")
    )
    op.drop_constraint(op.f("fk_documents_duplicate_of_ledger"), "documents", type_="foreignkey")
    for name in ("kind", "extra", *(name for name, _ in _COLUMNS)):
        op.drop_column("documents", name)
