from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import update

from api.documents.schemas import DocumentList, Moment
from ocr_pipeline.documents.model import State
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival, Sender
from ocr_pipeline_tests.storage.made import REJECTION, verdict


def enter(ledger: Ledger, *files: str, tenant: str = "default") -> list[str]:
    arrivals = [Arrival(file, f"tests/{uuid4().hex}", "1", 1) for file in files]
    return ledger.register_batch(arrivals, Sender(tenant=tenant))[1]


def change(settings: Settings, id_: str, **values: Any) -> None:
    with get_engine(settings.database_url.get_secret_value()).begin() as connection:
        connection.execute(update(schema.ledger).where(schema.ledger.c.id == id_).values(values))


def listed(api: httpx.Client, **query: Any) -> list[str]:
    response = api.get("/documents", params=query)
    assert response.status_code == 200, response.text
    return [document["id"] for document in response.json()["documents"]]


def test_links_lead_through_all_documents_newest_first(api: httpx.Client, ledger: Ledger) -> None:
    entered = enter(ledger, *"abcde")
    seen: list[str] = []
    page = api.get("/documents", params={"limit": 2, "state": ["waiting", "rejected"]})
    while True:
        body = DocumentList.model_validate_json(page.content)
        seen += [document.id for document in body.documents]
        if body.next is None:
            break
        assert f"cursor={body.cursor}" in body.next
        page = api.get(body.next)
    assert body.cursor is None
    assert seen == entered[::-1]


def test_document_is_told_with_its_main_values(api: httpx.Client, settings: Settings, ledger: Ledger) -> None:
    accepted, rejected = enter(ledger, "a.pdf", "b.pdf")
    row = {"document_id": accepted, "state": "accepted", "kind": "invoice", "confidence": 0.9, "version": "1"}
    values = {"vendor_name": "Café Grün", "total": "12.50", "verdict": verdict().model_dump(mode="json")}
    with get_engine(settings.database_url.get_secret_value()).begin() as connection:
        connection.execute(schema.documents.insert(), row | values)
    now = datetime.now(UTC)
    change(settings, accepted, state=State.ACCEPTED, finished_at=now, pages=3)
    change(settings, rejected, state=State.REJECTED, finished_at=now, reason=REJECTION.model_dump(mode="json"))
    second, first = api.get("/documents").json()["documents"]
    known = {name: first[name] for name in ("file", "state", "kind", "pages", "vendor_name", "total", "confidence")}
    assert known == {
        "file": "a.pdf", "state": "accepted", "kind": "invoice", "pages": 3, "vendor_name": "Café Grün",
        "total": "12.50", "confidence": 0.9,
    }  # fmt: skip
    lifetime = datetime.fromisoformat(first["expires_at"]) - datetime.fromisoformat(first["finished_at"])
    assert lifetime == timedelta(seconds=settings.result_seconds)
    assert (second["state"], second["error"], second["total"]) == ("rejected", "empty_file", None)


def test_filters_of_the_query_reach_the_tables(api: httpx.Client, ledger: Ledger) -> None:
    first, second = enter(ledger, "a.pdf", "b.pdf")
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    batch = ledger.document(first)
    assert batch is not None
    assert listed(api, file="a.pdf") == [first]
    assert listed(api, batch=batch.batch) == [second, first]
    assert listed(api, batch="another") == []
    assert listed(api, kind="invoice") == []
    assert listed(api, state="waiting") == [second, first]
    assert listed(api, state=["accepted", "needs_review"]) == []
    assert listed(api, since=(now - hour).isoformat(), until=(now + hour).isoformat()) == [second, first]
    assert listed(api, since=(now + hour).isoformat()) == []
    assert listed(api, until=(now - hour).isoformat()) == []


def test_other_tenants_documents_are_not_there(api: httpx.Client, ledger: Ledger) -> None:
    (mine,) = enter(ledger, "a")
    (theirs,) = enter(ledger, "b", tenant="other")
    assert listed(api) == [mine]
    assert listed(api, cursor=theirs) == [mine]


def test_any_id_is_a_cursor(api: httpx.Client, ledger: Ledger) -> None:
    (mine,) = enter(ledger, "a")
    assert listed(api, cursor=str(uuid4())) in ([], [mine])
    assert listed(api, cursor="ffffffff-ffff-ffff-ffff-ffffffffffff") == [mine]
    assert listed(api, cursor="00000000-0000-0000-0000-000000000000") == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=201", "limit=x", "cursor=x", "state=done", "kind=poem", "batch=a%00b", "file=a%00b", "file=",
        "since=0", "since=2026-11-22", "since=2026-11-22T10:05:00", "until=yesterday", "until=2026-02-30T00:00:00Z",
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_invalid(api: httpx.Client, query: str) -> None:
    response = api.get(f"/documents?{query}")
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert query.partition("=")[0] in response.json()["detail"]


@given(st.datetimes(timezones=st.timezones()))
def test_every_moment_of_rfc_3339_is_one(moment: datetime) -> None:
    offset = moment.utcoffset()
    if offset is None or offset.seconds % 60:
        return
    assert TypeAdapter(Moment).validate_python(moment.isoformat()) == datetime.fromisoformat(moment.isoformat())


@given(st.text(max_size=30) | st.from_regex(r"\A-?[0-9]{1,20}(\.[0-9]+)?\Z"))
def test_nothing_else_is(text: str) -> None:
    try:
        found = TypeAdapter(Moment).validate_python(text)
    except ValidationError:
        return
    assert found.tzinfo is not None
    assert text[10] in "Tt"


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200))
def test_any_name_of_a_file_can_be_asked_for(api: httpx.Client, ledger: Ledger, file: str) -> None:
    (entered,) = enter(ledger, file)
    assert entered in listed(api, file=file, limit=200)
