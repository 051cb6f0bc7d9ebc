"""What accepted documents taught of their vendors"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "vendor_lessons",
        sa.Column("vendor_key", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("lesson", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.document_id"],
            name=op.f("fk_vendor_lessons_document_id_documents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("vendor_key", "document_id", name=op.f("pk_vendor_lessons")),
    )
    op.create_index("ix_vendor_lessons_document_id", "vendor_lessons", ["document_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_vendor_lessons_document_id", table_name="vendor_lessons")
    op.drop_table("vendor_lessons")
