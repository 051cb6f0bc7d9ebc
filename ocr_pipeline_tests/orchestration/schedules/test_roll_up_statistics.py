"""The hourly roll-up, as a run."""

from datetime import UTC, datetime, timedelta

from ocr_pipeline.orchestration.schedules.roll_up_statistics import roll_up_statistics
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.batch_statistics import BatchStatistics, save
from ocr_pipeline.storage.ledger_rows import Lane
from ocr_pipeline_tests.orchestration.batch_runs import Batches
from ocr_pipeline_tests.orchestration.schedules.executed import execute, told


def test_it_sums_up_the_last_days_and_shows_two_weeks(batches: Batches) -> None:
    database = batches.services.database
    with database.begin() as connection:
        connection.execute(schema.daily_statistics.delete())
    now = datetime.now(UTC)
    for days in (0, 100):
        key = batches.of_files({"a.jpg": b"x"})
        ended = BatchStatistics(
            batch=key, tenant="acme", lane=Lane.BATCH, finished_at=now - timedelta(days=days), documents=1, pages=1,
            accepted=1, needs_review=0, rejected=0, valid=1, confidence=0.75, with_sums=0, reconciled=0, duplicates=0,
            filled={}, seconds={}, versions={},
        )  # fmt: skip
        with database.begin() as connection:
            save(connection, ended)

    shown = told(execute(roll_up_statistics, batches.instance, batches.services))
    assert shown["days and tenants summed up"] == 1
    assert f"| {now:%Y-%m-%d} | acme | 1 | 1 | 1 | 1 | 0 | 0 | 100.0% | 0.750 |  | 0.0% |" in shown["last 14 days"]

    shown = told(execute(roll_up_statistics, batches.instance, batches.services, days=102, shown_days=200))
    assert shown["days and tenants summed up"] == 2
    assert shown["last 200 days"].count("| acme |") == 2
