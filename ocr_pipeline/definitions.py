"""The Dagster code location: assets, job, sensors and the services they use."""

from dagster import Definitions, in_process_executor

from ocr_pipeline.orchestration.assets.normalized_images import normalized_images
from ocr_pipeline.orchestration.assets.ocr_text import ocr_text
from ocr_pipeline.orchestration.assets.raw_images import raw_images
from ocr_pipeline.orchestration.assets.structured_records import structured_records
from ocr_pipeline.orchestration.assets.validated_tables import validated_tables
from ocr_pipeline.orchestration.checks.quality import batch_quality
from ocr_pipeline.orchestration.jobs.launch_backfill import launch_backfill
from ocr_pipeline.orchestration.jobs.launch_batch import launch_batch
from ocr_pipeline.orchestration.jobs.process_batch import process_batch
from ocr_pipeline.orchestration.jobs.replay_quarantine import replay_quarantine
from ocr_pipeline.orchestration.jobs.rerun_document import rerun_document
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.schedules.apply_retention import apply_retention_nightly
from ocr_pipeline.orchestration.schedules.reconcile_inbox import reconcile_inbox_nightly
from ocr_pipeline.orchestration.schedules.roll_up_statistics import roll_up_statistics_hourly
from ocr_pipeline.orchestration.sensors.inbox import inbox
from ocr_pipeline.orchestration.sensors.inbox_events import inbox_events
from ocr_pipeline.orchestration.sensors.run_failures import run_failures

defs = Definitions(
    assets=[raw_images, normalized_images, ocr_text, structured_records, validated_tables],
    asset_checks=[batch_quality],
    jobs=[launch_backfill, launch_batch, process_batch, replay_quarantine, rerun_document],
    schedules=[apply_retention_nightly, reconcile_inbox_nightly, roll_up_statistics_hourly],
    sensors=[inbox, inbox_events, run_failures],
    resources={"services": Services()},
    # A run is one batch on one warm worker: steps share its loaded engines and pay for no process of their own.
    executor=in_process_executor,
)
