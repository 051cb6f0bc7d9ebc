"""What the API keeps: tenants, options, webhooks and their deliveries, idempotency keys, tokens"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
    )
    op.create_index(
        "ix_tokens_revoked_at",
        "tokens",
        ["revoked_at"],
        unique=False,
        postgresql_where=sa.text("revoked_at IS NOT NULL"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=True),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch"], ["batches.key"], name=op.f("fk_deliveries_batch_batches"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["ledger.id"], name=op.f("fk_deliveries_document_id_ledger"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index("ix_deliveries_batch", "deliveries", ["batch"], unique=False)
    op.create_index("ix_deliveries_tenant_id", "deliveries", ["tenant", "id"], unique=False)
    op.create_index("ix_deliveries_document_id", "deliveries", ["document_id"], unique=False)
    op.create_index(
        "ix_deliveries_due_at", "deliveries", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=True),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch"], ["batches.key"], name=op.f("fk_idempotency_keys_batch_batches"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["ledger.id"], name=op.f("fk_idempotency_keys_document_id_ledger"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "subject", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], unique=False)
    op.add_column("batches", sa.Column("tenant", sa.Text(), server_default="default", nullable=False))
    op.add_column("batches", sa.Column("lane", sa.Text(), server_default="batch", nullable=False))
    op.add_column("batches", sa.Column("subject", sa.Text(), nullable=True))
    op.add_column("batches", sa.Column("webhook", sa.Text(), nullable=True))
    op.create_index("ix_batches_tenant_key", "batches", ["tenant", "key"], unique=False)
    op.add_column("ledger", sa.Column("tenant", sa.Text(), server_default="default", nullable=False))
    op.add_column("ledger", sa.Column("subject", sa.Text(), nullable=True))
    op.add_column("ledger", sa.Column("request_id", sa.Text(), nullable=True))
    op.add_column("ledger", sa.Column("lane", sa.Text(), server_default="batch", nullable=False))
    op.add_column(
        "ledger",
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column("ledger", sa.Column("webhook", sa.Text(), nullable=True))
    op.add_column("ledger", sa.Column("pages", sa.Integer(), nullable=True))
    op.add_column(
        "ledger",
        sa.Column("versions", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column("ledger", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_ledger_sha256", "ledger", ["sha256"], unique=False)
    op.create_index("ix_ledger_tenant_id", "ledger", ["tenant", "id"], unique=False)
    op.create_index(
        "ix_ledger_half_erased",
        "ledger",
        ["id"],
        unique=False,
        postgresql_where=sa.text("erased_at IS NOT NULL AND etag <> ''"),
    )
    op.create_index(
        "ix_ledger_unfinished", "ledger", ["id"], unique=False, postgresql_where=sa.text("finished_at IS NULL")
    )
    op.drop_index("ix_ledger_unbatched", table_name="ledger")
    op.create_index(
        "ix_ledger_unbatched",
        "ledger",
        ["arrived_at"],
        unique=False,
        postgresql_where=sa.text("batch IS NULL AND finished_at IS NULL"),
    )
    # What documents have in common is told within a tenant only.
    op.execute("UPDATE fingerprints SET fingerprint = 'default:' || fingerprint")
    op.execute("UPDATE vendor_lessons SET vendor_key = 'default:' || vendor_key")


def downgrade() -> None:
    op.execute("UPDATE vendor_lessons SET vendor_key = substr(vendor_key, length('default:') + 1)")
    op.execute("UPDATE fingerprints SET fingerprint = substr(fingerprint, length('default:') + 1)")
    op.drop_index("ix_ledger_unbatched", table_name="ledger")
    op.create_index(
        "ix_ledger_unbatched", "ledger", ["arrived_at"], unique=False, postgresql_where=sa.text("batch IS NULL")
    )
    op.drop_index("ix_ledger_half_erased", table_name="ledger")
    op.drop_index("ix_ledger_unfinished", table_name="ledger", postgresql_where=sa.text("finished_at IS NULL"))
    op.drop_index("ix_ledger_tenant_id", table_name="ledger")
    op.drop_index("ix_ledger_sha256", table_name="ledger")
    op.drop_column("ledger", "erased_at")
    op.drop_column("ledger", "versions")
    op.drop_column("ledger", "pages")
    op.drop_column("ledger", "webhook")
    op.drop_column("ledger", "options")
    op.drop_column("ledger", "lane")
    op.drop_column("ledger", "request_id")
    op.drop_column("ledger", "subject")
    op.drop_column("ledger", "tenant")
    op.drop_index("ix_batches_tenant_key", table_name="batches")
    op.drop_column("batches", "webhook")
    op.drop_column("batches", "subject")
    op.drop_column("batches", "lane")
    op.drop_column("batches", "tenant")
    op.drop_index("ix_idempotency_keys_created_at", table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index("ix_deliveries_due_at", table_name="deliveries", postgresql_where=sa.text("due_at IS NOT NULL"))
    op.drop_index("ix_deliveries_document_id", table_name="deliveries")
    op.drop_index("ix_deliveries_tenant_id", table_name="deliveries")
    op.drop_index("ix_deliveries_batch", table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index("ix_tokens_revoked_at", table_name="tokens", postgresql_where=sa.text("revoked_at IS NOT NULL"))
    op.drop_table("tokens")
