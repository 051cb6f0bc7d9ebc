"""What the scheduled jobs have in common: a queue of their own, which every worker for batches serves too.

On the queue of the batches they would wait behind all that wait there, for hours maybe. So a scheduled run waits for
one batch to end, and no longer; and the batches wait for it in turn, which is why its work is limited in time. Where
the time is up within a long listing, the next run goes on there.
"""

from dagster import DagsterInstance
from dagster_celery.tags import DAGSTER_CELERY_QUEUE_TAG

from ocr_pipeline.storage.listing import Place
from ocr_pipeline.storage.queues import Queue

TAGS = {DAGSTER_CELERY_QUEUE_TAG: Queue.HOUSEKEEPING.value}
"""Of the jobs, and so of their runs."""


def place_of(instance: DagsterInstance, listing: str) -> Place:
    """Where the last run stopped in this listing; Dagster keeps it, where its daemon keeps such places of its own."""
    key, storage = f"ocr-pipeline/{listing}", instance.daemon_cursor_storage

    def note(place: str | None) -> None:
        storage.set_cursor_values({key: place or ""})

    return Place(storage.get_cursor_values({key}).get(key) or None, note)
