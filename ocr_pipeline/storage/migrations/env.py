"""Alembic's entry point: runs the migrations on the connection that `database.migrate` opened."""

from alembic import context

from ocr_pipeline.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table="ocr_pipeline_version"
)
with context.begin_transaction():
    context.run_migrations()
