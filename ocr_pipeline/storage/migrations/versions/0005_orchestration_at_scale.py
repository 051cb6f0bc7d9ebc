"""Statistics of batches and days, and what retention has done"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

_COUNTS = (
    "documents",
    "pages",
    "accepted",
    "needs_review",
    "rejected",
    "valid",
    "with_sums",
    "reconciled",
    "duplicates",
)
_AMOUNTS = ("filled", "seconds", "versions")


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _amounts(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False)


def upgrade() -> None:
    # First, while nothing else is locked: writers of the ledger wait until it is built, readers do not.
    waiting = sa.text("batch IS NULL AND finished_at IS NULL")
    op.create_index("ix_ledger_waiting", "ledger", ["lane", "tenant", "arrived_at", "id"], postgresql_where=waiting)
    op.create_table(
        "batch_statistics",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        *map(_count, _COUNTS),
        sa.Column("confidence", sa.Float(), nullable=True),
        *map(_amounts, _AMOUNTS),
        sa.ForeignKeyConstraint(
            ["batch"], ["batches.key"], name=op.f("fk_batch_statistics_batch_batches"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_batch_statistics")),
    )
    op.create_index("ix_batch_statistics_tenant_finished_at", "batch_statistics", ["tenant", "lane", "finished_at"])
    op.create_index("ix_batch_statistics_finished_at", "batch_statistics", ["finished_at"])
    op.create_table(
        "daily_statistics",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        *map(_count, ("batches", *_COUNTS)),
        sa.Column("confidence", sa.Float(), nullable=True),
        _amounts("seconds"),
        sa.PrimaryKeyConstraint("day", "tenant", name=op.f("pk_daily_statistics")),
    )
    op.add_column("batches", sa.Column("faults", sa.Integer(), server_default="0", nullable=False))
    for name, index in (("retired_at", "ix_batches_unretired"), ("cleared_at", "ix_batches_uncleared")):
        op.add_column("batches", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        op.create_index(index, "batches", ["finished_at"], postgresql_where=sa.text(f"{name} IS NULL"))
    op.drop_index("ix_ledger_unbatched", table_name="ledger")
