import pytest
from dagster import DagsterInstance, DagsterRunStatus
from dagster._core.test_utils import create_run_for_test

from ocr_pipeline.orchestration.current_run import RunWasEnded, require_current


def test_a_run_that_monitoring_gave_up_notices_when_it_comes_back() -> None:
    with DagsterInstance.ephemeral() as instance:
        run = create_run_for_test(instance, status=DagsterRunStatus.STARTED)
        require_current(instance, run.run_id)

        instance.report_run_failed(run)

        with pytest.raises(RunWasEnded, match="another one has its batch") as caught:
            require_current(instance, run.run_id)
        assert not caught.value.allow_retries
        with pytest.raises(RunWasEnded):
            require_current(instance, "gone")
