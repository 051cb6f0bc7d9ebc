"""The job that takes a batch through all stages."""

from dagster import AssetSelection, define_asset_job

process_batch = define_asset_job(
    "process_batch",
    selection=AssetSelection.all(),
    description="Takes one batch of documents from the raw files to the validated tables.",
)
