"""Starting runs, through the GraphQL interface of Dagster's web server."""

from types import TracebackType
from typing import Any, Self

import httpx

from ocr_pipeline.errors import ErrorCode, PipelineError

INTERACTIVE = "interactive"
"""Celery queue of runs that somebody waits for."""
BATCH = "batch"
"""Celery queue of all other runs."""

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
    """Raises PipelineError(SERVICE_UNAVAILABLE) where Dagster is away or does not take the run."""

    def __init__(self, dagster_url: str) -> None:
        self._client = httpx.AsyncClient(base_url=dagster_url, timeout=10)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self._client.aclose()

    async def launch(self, batch: str, queue: str) -> None:
        """Launches the run of a batch; a partition that is already there is used as it is."""
        tags = {"dagster/partition": batch, "dagster-celery/queue": queue}
        run = {
            "selector": {**_REPOSITORY, "jobName": "process_batch"},
            "runConfigData": {},
            "mode": "default",
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
        }
        answer = await self._ask(LAUNCH, {"repository": _REPOSITORY, "batch": batch, "run": run})
        _expect(answer["partition"], "AddDynamicPartitionSuccess", "DuplicateDynamicPartitionError")
        _expect(answer["run"], "LaunchRunSuccess")

    async def is_reachable(self) -> bool:
        """Whether the web server answers; raises nothing."""
        try:
            return (await self._client.get("/server_info")).is_success
        except httpx.HTTPError:
            return False

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
