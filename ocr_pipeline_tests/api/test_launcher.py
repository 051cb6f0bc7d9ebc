"""The way of runs out of the API: over Redis where somebody waits, else over Dagster's web server."""

import asyncio

import pytest
from dagster_graphql.schema import create_schema
from graphql import parse, validate

from api.launcher import LAUNCH, Launcher
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.ledger_rows import Lane
from ocr_pipeline_tests.api.servers import StandInDagster, free_port

BATCH = "2026-11-22T10-05-00Z_000007"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_query_is_valid_in_dagsters_own_schema() -> None:
    assert validate(create_schema().graphql_schema, parse(LAUNCH)) == []


@pytest.mark.parametrize("lane", Lane)
def test_the_run_has_the_tags(settings: Settings, dagster: StandInDagster, lane: Lane) -> None:
    _launch(settings.dagster_url, settings.redis_url.get_secret_value(), lane)
    assert dagster.launched == [{"dagster/partition": BATCH, "dagster-celery/queue": lane.value, "ocr-request/1": "x"}]


def test_an_interactive_run_needs_no_web_server_and_a_batch_no_redis(
    settings: Settings, dagster: StandInDagster
) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    _launch(f"http://{nowhere}", settings.redis_url.get_secret_value(), Lane.INTERACTIVE)
    _launch(settings.dagster_url, f"redis://{nowhere}/0", Lane.BATCH)
    assert len(dagster.launched) == 2


@pytest.mark.parametrize(("lane", "part"), [(Lane.INTERACTIVE, "Redis"), (Lane.BATCH, "Dagster")])
def test_what_is_away_is_named(lane: Lane, part: str) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    with pytest.raises(PipelineError) as caught:
        _launch(f"http://{nowhere}", f"redis://{nowhere}/0", lane)
    assert caught.value.code == ErrorCode.SERVICE_UNAVAILABLE
    assert part in caught.value.message


def _launch(dagster_url: str, redis_url: str, lane: Lane) -> None:
    async def launch() -> None:
        async with Launcher(dagster_url, redis_url) as launcher:
            await launcher.launch(BATCH, lane, {"ocr-request/1": "x"})

    asyncio.run(launch())
