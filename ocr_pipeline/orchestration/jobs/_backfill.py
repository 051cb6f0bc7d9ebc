"""Backfills, launched as Dagster's own UI launches them: through the web server's GraphQL."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import httpx
from dagster import Failure
from dagster_celery.tags import DAGSTER_CELERY_RUN_PRIORITY_TAG

_LAUNCH = """
mutation LaunchBackfill($backfill: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $backfill) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on Error { message }
  }
}
"""
_SECONDS = 120.0
"""Dagster looks at each partition of each asset before it answers."""


class BackfillRequest(NamedTuple):
    batches: Sequence[str]
    stages: Sequence[str]
    title: str
    reason: str
    """Why; in plain words."""
    priority: int
    run_id: str
    """Of the run that asks for it."""


class LaunchedBackfill(NamedTuple):
    id: str
    url: str
    """Its page in Dagster's UI."""


def launch(dagster_url: str, request: BackfillRequest) -> LaunchedBackfill:
    """Raises Failure where the web server is away, or refuses it."""
    tags = {
        "ocr-pipeline/reason": request.reason,
        "ocr-pipeline/launched_by_run": request.run_id,
        DAGSTER_CELERY_RUN_PRIORITY_TAG: str(request.priority),
    }
    backfill = {
        "assetSelection": [{"path": [stage]} for stage in request.stages],
        "partitionNames": list(request.batches),
        "title": request.title,
        "description": request.reason,
        "tags": [{"key": key, "value": value} for key, value in tags.items()],
    }
    answer = _ask(dagster_url, {"backfill": backfill})
    if answer["__typename"] != "LaunchBackfillSuccess":
        raise Failure(f"Dagster refused the backfill: {answer.get('message', answer['__typename'])}")
    return LaunchedBackfill(answer["backfillId"], f"{dagster_url}/runs/b/{answer['backfillId']}")


def _ask(dagster_url: str, variables: dict[str, Any]) -> dict[str, str]:
    try:
        response = httpx.post(
            f"{dagster_url}/graphql", json={"query": _LAUNCH, "variables": variables}, timeout=_SECONDS
        )
        # Dagster sends a Python error as status 500 with a body that says more than the status does.
        answer = response.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise Failure(
            f"Dagster's web server at {dagster_url or '(OCR_DAGSTER_URL is empty)'} does not answer: {error!r}. "
            "See that it runs and that OCR_DAGSTER_URL leads to it from here, then launch the job again."
        ) from error
    if answer.get("errors"):
        raise Failure(f"Dagster refused the backfill: {answer['errors'][0]['message']}")
    launched: dict[str, str] = answer["data"]["launchPartitionBackfill"]
    return launched
