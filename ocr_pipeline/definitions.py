"""The Dagster code location: assets, job, sensors and the services they use."""

from dagster import Definitions, in_process_executor

from ocr_pipeline.orchestration.assets.normalized_images import normalized_images
from ocr_pipeline.orchestration.assets.ocr_text import ocr_text
from ocr_pipeline.orchestration.assets.raw_images import raw_images
from ocr_pipeline.orchestration.assets.structured_records import structured_records
from ocr_pipeline.orchestration.assets.validated_tables import validated_tables
from ocr_pipeline.orchestration.jobs.process_batch import process_batch
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.sensors.inbox import inbox

defs = Definitions(
    assets=[raw_images, normalized_images, ocr_text, structured_records, validated_tables],
    jobs=[process_batch],
    sensors=[inbox],
    resources={"services": Services()},
    # A run is one batch on one warm worker: steps share its loaded engines and pay for no process of their own.
    executor=in_process_executor,
)
