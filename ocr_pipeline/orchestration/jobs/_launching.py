"""What the jobs of the launchpad have in common."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice

import redis
from dagster import Failure, JsonMetadataValue, MarkdownMetadataValue, MetadataValue
from dagster_celery.tags import DAGSTER_CELERY_RUN_PRIORITY_TAG

from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.settings import Settings

TENANT = r"^[0-9A-Za-z_-]{1,64}$"
_SHOWN = 200
"""Batches in a table of the run's metadata."""

BY_HAND = {"ocr-pipeline/launched": "by hand", DAGSTER_CELERY_RUN_PRIORITY_TAG: "0"}
"""Tags of these jobs: a person looks on, and they take seconds, so workers take them before any batch."""


def moment(text: str) -> datetime | None:
    """A date, or date and time, as ISO 8601 writes it, in UTC where no time zone is named; None where it is empty.

    Raises Failure.
    """
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise Failure(
            f"{text!r} is no time. Write it like 2026-11-22 or 2026-11-22T14:30:00+01:00.", allow_retries=False
        ) from error
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def batch_links(settings: Settings, batches: Mapping[str, int | None]) -> MarkdownMetadataValue:
    """A table of batches, each with its number of documents, where it is known, and a link to its partition."""
    rows = [
        f"| [{key}]({partition_url(settings, key)}) | {'' if count is None else count} |"
        for key, count in islice(batches.items(), _SHOWN)
    ]
    if len(batches) > _SHOWN:
        rows.append(f"| and {len(batches) - _SHOWN} others | |")
    return MetadataValue.md("\n".join(["| batch | documents |", "|---|---|", *rows]))


def partition_url(settings: Settings, batch: str) -> str:
    """Of the batch's tables in Dagster's UI."""
    return f"{settings.dagster_url}/assets/validated_tables?view=partitions&partition={batch}"


def chosen(choice: Mapping[str, object]) -> JsonMetadataValue:
    """What was asked for, without what was left open."""
    return MetadataValue.json({name: value for name, value in choice.items() if value not in ("", [], None)})


def forget_results(services: Services, tenants: Mapping[str, str]) -> None:
    """Has Redis forget the outcomes of documents that wait again; `tenants` are theirs, by id."""
    for tenant in sorted(set(tenants.values())):
        # While Redis is away, nothing answers from it.
        with suppress(redis.RedisError):
            services.results.forget(tenant, [id_ for id_, owner in tenants.items() if owner == tenant])
