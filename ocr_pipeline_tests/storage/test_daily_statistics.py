"""Statistics of batches, summed by day and tenant."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from ocr_pipeline.storage import schema
from ocr_pipeline.storage.batch_statistics import BatchStatistics, save
from ocr_pipeline.storage.daily_statistics import markdown, recent_days, roll_up
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival, Lane

TODAY = date(2026, 11, 22)
YESTERDAY = TODAY - timedelta(days=1)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_days(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(schema.daily_statistics.delete())


def ended(
    engine: Engine, finished_at: datetime, tenant: str = "acme", *, accepted: int = 8, confidence: float | None = 0.9
) -> BatchStatistics:
    """A batch with one document that was rejected and one for review."""
    count = Ledger(engine)
    key, _ = count.register_batch([Arrival("a", f"inbox/{finished_at}/{tenant}/{accepted}", "e", 1)])
    statistics = BatchStatistics(
        batch=key, tenant=tenant, lane=Lane.BATCH, finished_at=finished_at, documents=accepted + 2, pages=20,
        accepted=accepted, needs_review=1, rejected=1, valid=accepted + 1, confidence=confidence, with_sums=4,
        reconciled=3, duplicates=1, filled={"total": 5}, seconds={"ocr_text": 1.5, "raw_images": 0.5}, versions={},
    )  # fmt: skip
    with engine.begin() as connection:
        save(connection, statistics)
    return statistics


def test_batches_are_summed_by_day_in_utc_and_tenant(engine: Engine, ledger: Ledger) -> None:
    ended(engine, NOON)
    ended(engine, NOON.replace(hour=0, minute=0))
    ended(engine, NOON, "other")
    ended(engine, NOON - timedelta(hours=12, seconds=1))

    assert roll_up(engine, YESTERDAY) == 3

    days = recent_days(engine, 2, TODAY)
    assert [(day.day, day.tenant, day.batches, day.documents, day.pages) for day in days] == [
        (TODAY, "acme", 2, 20, 40),
        (TODAY, "other", 1, 10, 20),
        (YESTERDAY, "acme", 1, 10, 20),
    ]
    assert (days[0].accepted, days[0].needs_review, days[0].rejected, days[0].valid) == (16, 2, 2, 18)
    assert (days[0].with_sums, days[0].reconciled, days[0].duplicates) == (8, 6, 2)
    seconds = select(schema.daily_statistics.c.seconds).where(schema.daily_statistics.c.day == TODAY)
    with engine.connect() as connection:
        assert connection.scalars(seconds.order_by(schema.daily_statistics.c.tenant)).first() == {
            "ocr_text": 3.0,
            "raw_images": 1.0,
        }


def test_confidence_is_weighed_by_the_documents_that_have_one(engine: Engine, ledger: Ledger) -> None:
    ended(engine, NOON, accepted=9, confidence=0.9)  # ten documents with a verdict
    ended(engine, NOON, accepted=29, confidence=0.5)  # thirty
    ended(engine, NOON, accepted=100, confidence=None)

    roll_up(engine, TODAY)

    (day,) = recent_days(engine, 1, TODAY)
    assert day.confidence == pytest.approx(0.6)


def test_a_day_without_any_confidence_has_none(engine: Engine, ledger: Ledger) -> None:
    ended(engine, NOON, confidence=None)

    roll_up(engine, TODAY)

    (day,) = recent_days(engine, 1, TODAY)
    assert day.confidence is None
    assert "| 90.0% |  | 75.0% | 10.0% |" in markdown([day])


def test_again_gives_the_same_and_what_ran_again_moves_to_its_new_day(engine: Engine, ledger: Ledger) -> None:
    moved = ended(engine, NOON - timedelta(days=1))
    kept = ended(engine, NOON - timedelta(days=5))
    roll_up(engine, kept.finished_at.date())
    before = recent_days(engine, 10, TODAY)
    roll_up(engine, YESTERDAY)
    assert recent_days(engine, 10, TODAY) == before

    with engine.begin() as connection:
        save(connection, moved._replace(finished_at=NOON))
    roll_up(engine, YESTERDAY)

    assert [(day.day, day.batches) for day in recent_days(engine, 10, TODAY)] == [
        (TODAY, 1),
        (kept.finished_at.date(), 1),
    ]


def test_an_earlier_day_that_lost_a_batch_is_summed_up_anew(engine: Engine, ledger: Ledger) -> None:
    days = [(NOON - timedelta(days=back)).date() for back in (40, 50, 120)]
    moved, _, lost, long_ago = (
        ended(engine, NOON - timedelta(days=back), accepted=count)
        for back, count in ((40, 8), (40, 5), (50, 8), (120, 8))
    )
    roll_up(engine, days[-1])
    with engine.begin() as connection:
        for each in (moved, lost, long_ago):
            save(connection, each._replace(finished_at=NOON))

    assert roll_up(engine, YESTERDAY) == 2

    assert [(day.day, day.batches, day.documents) for day in recent_days(engine, 200, TODAY)] == [
        (TODAY, 3, 30),
        (days[0], 1, 7),
        (days[2], 1, 10),
    ]
    assert roll_up(engine, YESTERDAY) == 1, "what did not change is left as it is"


def test_the_table_of_days(engine: Engine, ledger: Ledger) -> None:
    ended(engine, NOON)
    roll_up(engine, TODAY)

    head, rule, row = markdown(recent_days(engine, 1, TODAY)).splitlines()

    assert head.count("|") == rule.count("|") == row.count("|")
    assert row == "| 2026-11-22 | acme | 1 | 10 | 20 | 8 | 1 | 1 | 90.0% | 0.900 | 75.0% | 10.0% |"
