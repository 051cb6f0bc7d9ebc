"""What the scheduled jobs have in common: a queue of their own, which every worker for batches serves too.

On the queue of the batches they would wait behind all that wait there, for hours maybe. So a scheduled run waits for
one batch to end, and no longer; and the batches wait for it in turn, which is why its work is limited in time.
"""

from dagster_celery.tags import DAGSTER_CELERY_QUEUE_TAG

from ocr_pipeline.storage.queues import Queue

TAGS = {DAGSTER_CELERY_QUEUE_TAG: Queue.HOUSEKEEPING.value}
"""Of the jobs, and so of their runs."""
