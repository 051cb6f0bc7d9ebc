"""The Celery app of warm workers: each takes runs from its queue, with engines loaded before the first.

``celery -A ocr_pipeline.worker worker -Q batch -c 1``
"""

from celery.signals import worker_process_init
from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_execute_job_task, create_resume_job_task

from ocr_pipeline.settings import get_settings

_redis = get_settings().redis_url.get_secret_value()

app = make_app(
    {
        "broker": _redis,
        "backend": _redis,
        "config_source": {
            # A task is acknowledged when it begins, and none is fetched ahead: a worker that is killed takes
            # only its own run along, and Dagster's run monitoring has that one started again.
            "worker_prefetch_multiplier": 1,
            "worker_disable_prefetch": True,
            "worker_proc_alive_timeout": 120.0,  # seconds; loading the engines takes a while
            "worker_hijack_root_logger": False,
            "worker_redirect_stdouts": False,
            "broker_connection_retry_on_startup": True,
            "result_expires": 7 * 86400,  # seconds; run monitoring looks results up
        },
    }
)
execute_job = create_execute_job_task(app)
resume_job = create_resume_job_task(app)


@worker_process_init.connect  # type: ignore[untyped-decorator]  # celery has no type information
def warm_up(**_: object) -> None:
    """Does in the pool's process, before the first run, what that run would otherwise wait for.

    A page with a few words goes through all stages, which loads the engines and makes them compile their models.
    """
    import cv2
    import numpy as np

    from ocr_pipeline.definitions import defs
    from ocr_pipeline.orchestration import tables_metadata, verdicts  # noqa: F401 - loads Pandera
    from ocr_pipeline.pipeline import process

    defs.resolve_job_def("process_batch")
    page = np.full((800, 600, 3), 255, np.uint8)
    for row, text in enumerate(["Example Trading Ltd", "12 March 2026", "Total 12.00"], start=1):
        cv2.putText(page, text, (40, 80 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 2)
    process(cv2.imencode(".png", page)[1].tobytes(), "page.png", get_settings())
