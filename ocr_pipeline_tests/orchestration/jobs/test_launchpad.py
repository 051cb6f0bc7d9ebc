"""What the launchpad shows: every field described, and the examples of the documentation valid."""

import re
from pathlib import Path

import pytest
import yaml
from dagster import JobDefinition, validate_run_config

from ocr_pipeline.orchestration.jobs.launch_backfill import LaunchBackfillConfig, launch_backfill
from ocr_pipeline.orchestration.jobs.launch_batch import LaunchBatchConfig, launch_batch
from ocr_pipeline.orchestration.jobs.replay_quarantine import ReplayQuarantineConfig, replay_quarantine
from ocr_pipeline.orchestration.jobs.rerun_document import RerunDocumentConfig, rerun_document

_PAGE = Path(__file__).parents[3] / "docs" / "launchpad.md"


@pytest.mark.parametrize("job", [launch_backfill, launch_batch, replay_quarantine, rerun_document])
def test_the_example_is_valid_and_the_job_is_described(job: JobDefinition) -> None:
    (example,) = re.findall(rf"^## {job.name}$.*?```yaml\n(.*?)```", _PAGE.read_text(), re.MULTILINE | re.DOTALL)

    assert validate_run_config(job, yaml.safe_load(example))
    assert job.description


@pytest.mark.parametrize(
    "config", [LaunchBackfillConfig, LaunchBatchConfig, ReplayQuarantineConfig, RerunDocumentConfig]
)
def test_every_field_is_described(config: type[LaunchBatchConfig]) -> None:
    assert [name for name, field in config.model_fields.items() if not field.description] == []
