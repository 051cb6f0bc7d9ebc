from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest
from sqlalchemy import Engine, update
from uuid6 import uuid7

from ocr_pipeline.documents.model import State, Verdict
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.storage import document_list, schema
from ocr_pipeline.storage.document_list import DocumentPage, ListedDocument, Wanted, list_documents
from ocr_pipeline.storage.ledger import Ledger, quarantine_row
from ocr_pipeline.storage.ledger_rows import Arrival, Sender
from ocr_pipeline_tests.storage.made import REJECTION, doubtful, verdict

DAY = 86_400.0
EVERY = Wanted()


def enter(ledger: Ledger, *files: str, tenant: str = "default") -> list[str]:
    """Documents of a batch, oldest first."""
    arrivals = [Arrival(file, f"tests/{uuid7()}", "1", 1) for file in files]
    return ledger.register_batch(arrivals, Sender(tenant=tenant))[1]


def finish(engine: Engine, id_: str, state: State = State.ACCEPTED, ago: timedelta = timedelta()) -> None:
    reason = REJECTION.model_dump(mode="json") if state is State.REJECTED else None
    values = {"state": state, "reason": reason, "finished_at": datetime.now(UTC) - ago, "pages": 2}
    with engine.begin() as connection:
        connection.execute(update(schema.ledger).where(schema.ledger.c.id == id_).values(values))


def judge(engine: Engine, id_: str, result: Verdict) -> None:
    """Into the tables, with two of the columns that an invoice has there."""
    fields = result.record.fields
    row = {
        "document_id": id_,
        "state": result.state,
        "kind": result.record.kind,
        "confidence": result.confidence,
        "verdict": result.model_dump(mode="json"),
        "version": "1",
        "vendor_name": fields["vendor_name"].value,
        "total": fields["total"].value,
        "document_date": datetime(2026, 11, 21, tzinfo=UTC).date(),
        "currency": "EUR",
    }
    with engine.begin() as connection:
        connection.execute(schema.documents.insert(), row)
    finish(engine, id_, result.state)


def listed(
    engine: Engine, wanted: Wanted = EVERY, cursor: str | None = None, limit: int = 50, tenant: str = "default"
) -> DocumentPage:
    return list_documents(engine, tenant, wanted, result_seconds=DAY, cursor=cursor, limit=limit)


def ids(documents: Sequence[ListedDocument]) -> list[str]:
    return [document.id for document in documents]


def all_pages(engine: Engine, wanted: Wanted = EVERY, limit: int = 50) -> list[list[str]]:
    page = listed(engine, wanted, limit=limit)
    pages = [ids(page.documents)]
    while page.cursor is not None:
        page = listed(engine, wanted, page.cursor, limit)
        pages.append(ids(page.documents))
    return pages


def test_pages_hold_every_document_once_and_the_newest_first(engine: Engine, ledger: Ledger) -> None:
    entered = enter(ledger, *"abcdefg")
    newest_first = entered[::-1]
    assert all_pages(engine, limit=3) == [newest_first[:3], newest_first[3:6], newest_first[6:]]
    assert all_pages(engine, limit=7) == [newest_first]


def test_documents_that_arrive_meanwhile_move_no_page(engine: Engine, ledger: Ledger) -> None:
    entered = enter(ledger, *"abcd")
    first = listed(engine, limit=2)
    enter(ledger, "e", "f")
    assert ids(listed(engine, cursor=first.cursor, limit=2).documents) == [entered[1], entered[0]]


def test_other_tenants_documents_are_not_there(engine: Engine, ledger: Ledger) -> None:
    enter(ledger, "a")
    (theirs,) = enter(ledger, "b", tenant="other")
    assert ids(listed(engine, tenant="other").documents) == [theirs]
    assert listed(engine, tenant="nobody") == DocumentPage([], None)


def test_main_values_come_from_tables_and_quarantine_alike(engine: Engine, ledger: Ledger) -> None:
    stored, doubted, rejected, waiting = enter(ledger, *"abcd")
    judge(engine, stored, verdict("1234.50"))
    quarantined = doubtful()
    with engine.begin() as connection:
        connection.execute(schema.quarantine.insert(), quarantine_row(doubted, quarantined, "1"))
        connection.execute(schema.quarantine.insert(), quarantine_row(rejected, REJECTION, "1"))
    finish(engine, doubted, State.NEEDS_REVIEW)
    finish(engine, rejected, State.REJECTED)
    by_id = {document.id: document for document in listed(engine).documents}
    first = by_id[stored]
    assert (first.kind, first.vendor_name, first.total) == ("invoice", "Café Grün", "1234.50")
    assert (first.document_date, first.currency, first.confidence) == ("2026-11-21", "EUR", 0.9)
    assert (first.state, first.pages, first.error) == (State.ACCEPTED, 2, None)
    second = by_id[doubted]
    assert (second.kind, second.vendor_name, second.total) == ("invoice", "Café Grün", "12.50")
    assert (second.document_date, second.confidence) == (None, 0.9)
    assert (by_id[rejected].error, by_id[rejected].kind) == (ErrorCode.EMPTY_FILE, None)
    assert (by_id[waiting].state, by_id[waiting].confidence) == (State.WAITING, None)


def test_filters(engine: Engine, ledger: Ledger) -> None:
    first, second = enter(ledger, "a.pdf", "b.pdf")
    (third,) = enter(ledger, "a.pdf")
    judge(engine, first, verdict())
    finish(engine, second, State.REJECTED)
    batch = listed(engine).documents[0].batch
    for wanted, found in [
        (Wanted(states=[State.ACCEPTED]), [first]),
        (Wanted(states=[State.WAITING]), [third]),
        (Wanted(states=[State.WAITING, State.REJECTED]), [third, second]),
        (Wanted(states=[State.NEEDS_REVIEW]), []),
        (Wanted(kind="invoice"), [first]),
        (Wanted(kind="receipt"), []),
        (Wanted(batch=batch), [third]),
        (Wanted(batch="none"), []),
        (Wanted(file="a.pdf"), [third, first]),
        (Wanted(file="A.pdf"), []),
        (Wanted(file="a.pdf", states=[State.ACCEPTED], kind="invoice"), [first]),
    ]:
        assert all_pages(engine, wanted) == [found], wanted


@pytest.mark.parametrize(
    ("since", "until", "found"), [(0, None, "bc"), (None, 0, "a"), (-1, 1, "ab"), (1, None, "c"), (2, None, "")]
)
def test_arrival_is_filtered_to_the_moment(
    engine: Engine, ledger: Ledger, since: int | None, until: int | None, found: str
) -> None:
    now = datetime.now(UTC)
    entered = dict(zip("abc", enter(ledger, *"abc"), strict=True))
    with engine.begin() as connection:
        for minutes, id_ in zip([-1, 0, 1], entered.values(), strict=True):
            change = update(schema.ledger).where(schema.ledger.c.id == id_)
            connection.execute(change.values(arrived_at=now + timedelta(minutes=minutes)))
    wanted = Wanted(
        since=None if since is None else now + timedelta(minutes=since),
        until=None if until is None else now + timedelta(minutes=until),
    )
    assert all_pages(engine, wanted) == [[entered[file] for file in reversed(found)]]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00", "9999-12-31T23:59:59", "1969-01-01T00:00:00"])
@pytest.mark.parametrize("offset", ["+00:00", "+23:59", "-23:59"])
def test_any_moment_can_be_asked_for(engine: Engine, ledger: Ledger, moment: str, offset: str) -> None:
    enter(ledger, "a")
    at = datetime.fromisoformat(moment + offset)
    found = [len(listed(engine, wanted).documents) for wanted in (Wanted(since=at), Wanted(until=at))]
    assert found == ([0, 1] if at.year > 2000 else [1, 0])


def test_erased_and_expired_documents_are_left_out(engine: Engine, ledger: Ledger) -> None:
    fresh, old, erased = enter(ledger, *"abc")
    finish(engine, fresh, ago=timedelta(hours=23))
    finish(engine, old, ago=timedelta(hours=25))
    with engine.begin() as connection:
        change = update(schema.ledger).where(schema.ledger.c.id == erased)
        connection.execute(change.values(erased_at=datetime.now(UTC)))
    assert all_pages(engine) == [[fresh]]


def test_page_looks_at_so_many_documents_only_and_the_next_goes_on(
    engine: Engine, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_list, "_LOOKED_AT", 3)
    entered = enter(ledger, "rare", *"bcdefgh")
    assert all_pages(engine, Wanted(file="rare")) == [[], [], [entered[0]]]
    assert list(chain.from_iterable(all_pages(engine))) == entered[::-1]
