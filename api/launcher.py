"""Starting runs: those that somebody waits for over Redis, all others through Dagster's web server."""

from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import httpx
from fastapi.concurrency import run_in_threadpool

from ocr_pipeline import tracing
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.ledger_rows import Lane
from ocr_pipeline.storage.run_queue import RunQueue

_REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "ocr_pipeline"}
# Mutations of one document are carried out in turn, so one request makes the partition and then launches its run.
LAUNCH = """
mutation Launch($repository: RepositorySelector!, $batch: String!, $run: ExecutionParams!) {
  partition: addDynamicPartition(
    repositorySelector: $repository, partitionsDefName: "batches", partitionKey: $batch
  ) {
    __typename
    ... on Error { message }
  }
  run: launchRun(executionParams: $run) {
    __typename
    ... on Error { message }
  }
}
"""


class Launcher:
    """Raises PipelineError(SERVICE_UNAVAILABLE) where what takes runs is away, or does not take the run."""

    def __init__(self, dagster_url: str, redis_url: str) -> None:
        self._client = httpx.AsyncClient(base_url=dagster_url, timeout=10)
        self._queue = RunQueue(redis_url)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        with ExitStack() as stack:
            stack.callback(self._queue.close)
            await self._client.aclose()

    async def launch(self, batch: str, lane: Lane, tags: Mapping[str, str]) -> None:
        """Launches the run of a batch, with `tags` beside those that every run has.

        Interactive batches are launched once; of others a partition that is already there is used as it is.
        """
        all_tags = {**tags, **tracing.tags(), "dagster/partition": batch, "dagster-celery/queue": lane.value}
        if lane is Lane.INTERACTIVE:
            await run_in_threadpool(self._queue.send, batch, all_tags)
        else:
            await self._launch_by_dagster(batch, all_tags)

    async def is_reachable(self) -> bool:
        """Whether the web server answers; raises nothing."""
        try:
            return (await self._client.get("/server_info")).is_success
        except httpx.HTTPError:
            return False

    async def _launch_by_dagster(self, batch: str, tags: Mapping[str, str]) -> None:
        run = {
            "selector": {**_REPOSITORY, "jobName": "process_batch"},
            "runConfigData": {},
            "mode": "default",
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
        }
        answer = await self._ask(LAUNCH, {"repository": _REPOSITORY, "batch": batch, "run": run})
        _expect(answer["partition"], "AddDynamicPartitionSuccess", "DuplicateDynamicPartitionError")
        _expect(answer["run"], "LaunchRunSuccess")

    async def _ask(self, query: str, variables: dict[str, Any]) -> dict[str, dict[str, str]]:
        try:
            response = await self._client.post("/graphql", json={"query": query, "variables": variables})
            # Dagster sends a Python error as status 500 with a body that says more than the status does.
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise _unavailable() from error
        if not isinstance(answer, dict) or answer.get("errors") or not answer.get("data"):
            raise _unavailable() from ValueError(response.text[:1000])
        data: dict[str, dict[str, str]] = answer["data"]
        return data


def _expect(result: dict[str, str], *types: str) -> None:
    if result["__typename"] not in types:
        raise _unavailable() from ValueError(f"{result['__typename']}: {result.get('message', '')}")


def _unavailable() -> PipelineError:
    return PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part="Dagster")
