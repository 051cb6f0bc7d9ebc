import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage import batch_results
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline.storage.outbox import BATCH_FINISHED
from ocr_pipeline.storage.schema import deliveries, ledger, quarantine
from ocr_pipeline_tests.api.finishing import VERDICT, Result, finish
from ocr_pipeline_tests.api.servers import StandInDagster
from ocr_pipeline_tests.api.test_batches import EMPTY, send
from ocr_pipeline_tests.conftest import Services

PASSING = Rejection.of(ErrorCode.PROCESSING_FAILED, stage="ocr_text", detail="the worker died")


def mixed(document: LedgerDocument) -> Result:
    results: dict[str, Result] = {"a": VERDICT, "b": EMPTY, "c": PASSING}
    return results[document.file[0]]


def lines(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.headers["Content-Type"].startswith("application/jsonl")
    return [Outcome.model_validate_json(line).model_dump(mode="json") for line in response.text.splitlines()]


def test_json_lines_are_the_documents_own_answers(api: httpx.Client, settings: Settings) -> None:
    sent = send(api, "a.jpg", "b.jpg", "c.jpg")
    finish(settings, sent["batch"], mixed)
    response = api.get(f"{sent['location']}/results")
    assert f'filename="{sent["batch"]}.jsonl"' in response.headers["Content-Disposition"]
    found = lines(response)
    assert [line["state"] for line in found] == ["accepted", "rejected", "rejected"]
    assert found == [api.get(f"/documents/{line['id']}").json() for line in found]


def test_pages_follow_each_other(api: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{number}.jpg" for number in range(7)]
    sent = send(api, *names)
    monkeypatch.setattr(batch_results, "_PAGE", 3)
    found = lines(api.get(f"{sent['location']}/results"))
    assert [(line["file"], line["state"]) for line in found] == [(name, "waiting") for name in names]


@pytest.mark.parametrize(
    ("query", "accept"), [("?format=csv", "*/*"), ("", "text/csv"), ("?format=csv", "application/jsonl")]
)
def test_csv_is_asked_for_by_name_or_by_accept(api: httpx.Client, settings: Settings, query: str, accept: str) -> None:
    sent = send(api, "a.jpg", "b.jpg")
    finish(settings, sent["batch"], mixed)
    response = api.get(f"{sent['location']}/results{query}", headers={"Accept": accept})
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    assert [(row["file"], row["state"], row["error"], row["total"]) for row in rows] == [
        ("a.jpg", "accepted", "", "12.40"),
        ("b.jpg", "rejected", "empty_file", ""),
    ]


def test_line_items_are_a_table_of_their_own(api: httpx.Client) -> None:
    location = send(api)["location"]
    response = api.get(f"{location}/results?format=csv&rows=items")
    assert response.text == "id,file,position,description,quantity,unit_price,amount\r\n"


def test_expired_and_erased_documents_tell_nothing(api: httpx.Client, settings: Settings, services: Services) -> None:
    sent = send(api, "a1.jpg", "a2.jpg", "a3.jpg")
    finish(settings, sent["batch"])
    long_ago = datetime.now(UTC) - timedelta(seconds=settings.result_seconds + 60)
    with services.engine.begin() as connection:
        old = update(ledger).where(ledger.c.batch == sent["batch"], ledger.c.file == "a2.jpg")
        connection.execute(old.values(finished_at=long_ago))
    erased = lines(api.get(f"{sent['location']}/results"))[2]["id"]
    assert api.delete(f"/documents/{erased}").status_code == 204
    first, second = lines(api.get(f"{sent['location']}/results"))
    assert first["fields"] == {"total": "12.40"}
    assert (second["file"], second["state"], second["fields"]) == ("a2.jpg", "accepted", {})
    assert datetime.fromisoformat(second["expires_at"]) < datetime.now(UTC)
    assert api.get(sent["location"]).json()["counts"] == {"accepted": 2}


def test_cancelling_ends_what_is_not_finished_and_nothing_else(api: httpx.Client) -> None:
    sent = send(api)
    answer = api.post(f"{sent['location']}/cancel")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["done"], body["counts"], len(body["cancelled"])) == (True, {"rejected": 2}, 2)
    for id_ in body["cancelled"]:
        assert api.get(f"/documents/{id_}").json()["error"]["code"] == "cancelled"
    again = api.post(f"{sent['location']}/cancel").json()
    assert again == body | {"cancelled": []}


def test_finished_documents_stay_when_their_batch_is_cancelled(api: httpx.Client, settings: Settings) -> None:
    sent = send(api, "a.jpg")
    finish(settings, sent["batch"])
    assert api.post(f"{sent['location']}/cancel").json()["cancelled"] == []
    assert api.get(sent["location"]).json()["counts"] == {"accepted": 1}


def test_whoever_waits_learns_that_the_batch_is_cancelled(api: httpx.Client) -> None:
    location = send(api)["location"]
    with api.stream("GET", f"{location}/events") as response:
        following = response.iter_lines()
        assert next(following) == "event: progress"
        api.post(f"{location}/cancel")
        assert "event: done" in following


@pytest.mark.parametrize(("only", "again"), [(None, ["b.jpg", "c.jpg"]), ("retryable", ["c.jpg"])])
def test_failed_documents_run_again_under_their_ids(  # noqa: PLR0917
    api: httpx.Client,
    settings: Settings,
    services: Services,
    ledger: Ledger,
    dagster: StandInDagster,
    only: str | None,
    again: list[str],
) -> None:
    sent = send(api, "a.jpg", "b.jpg", "c.jpg")
    finish(settings, sent["batch"], mixed)
    files = {document.id: document.file for document in ledger.batch_documents(sent["batch"])}
    params = {} if only is None else {"only": only}
    answer = api.post(f"{sent['location']}/rerun", params=params, headers={"X-Request-ID": "again"})
    assert answer.status_code == 202
    assert answer.json()["location"] == answer.headers.get("Location", sent["location"])
    assert [files[id_] for id_ in answer.json()["documents"]] == again
    assert [tags.get("ocr-request/again") for tags in dagster.launched] == [None, sent["batch"]]
    progress = api.get(sent["location"]).json()
    assert not progress["done"]
    assert {document["file"] for document in progress["documents"] if document["state"] == "waiting"} == set(again)
    assert progress["progress"] == {"stage": "raw_images", "done": 0, "total": 3}
    for id_ in answer.json()["documents"]:
        assert api.get(f"/documents/{id_}").json()["state"] == "waiting"
    with services.engine.connect() as connection:
        left = connection.scalars(select(quarantine.c.document_id)).all()
    assert not set(left) & set(answer.json()["documents"])
    finish(settings, sent["batch"])
    assert api.get(sent["location"]).json()["counts"] == {"accepted": 3}


def test_cancelled_documents_can_run_after_all(api: httpx.Client, settings: Settings) -> None:
    sent = send(api)
    api.post(f"{sent['location']}/cancel")
    assert len(api.post(f"{sent['location']}/rerun?only=retryable").json()["documents"]) == 2
    finish(settings, sent["batch"])
    assert api.get(sent["location"]).json()["counts"] == {"accepted": 2}


def test_nothing_runs_again_where_nothing_failed(
    api: httpx.Client, settings: Settings, dagster: StandInDagster
) -> None:
    sent = send(api)
    finish(settings, sent["batch"])
    answer = api.post(f"{sent['location']}/rerun")
    assert (answer.status_code, answer.json()["documents"]) == (202, [])
    assert api.get(sent["location"]).json()["done"]
    assert len(dagster.launched) == 1


def test_an_unfinished_batch_cannot_run_again(api: httpx.Client) -> None:
    answer = api.post(f"{send(api)['location']}/rerun")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_finished")


def test_the_webhook_is_told_of_each_end(api: httpx.Client, settings: Settings, services: Services) -> None:
    response = api.post(
        "/batch", files=[("files", ("b.jpg", b"x"))], params={"webhook": "https://example.com/hooks/ocr"}
    )
    sent = response.json()
    finish(settings, sent["batch"], EMPTY)
    api.post(f"{sent['location']}/rerun")
    finish(settings, sent["batch"])
    with services.engine.connect() as connection:
        told = connection.execute(select(deliveries.c.event).where(deliveries.c.batch == sent["batch"])).all()
    assert [row.event for row in told] == [BATCH_FINISHED] * 2
