import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import redis
from sqlalchemy import select, update

from ocr_pipeline.documents.model import State
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival, Sender
from ocr_pipeline.storage.objects import open_store
from ocr_pipeline.storage.results import Published, WaitingResults, open_results
from ocr_pipeline.tokens import READ, create_token
from ocr_pipeline_tests.api.conftest import SECRET
from ocr_pipeline_tests.api.servers import StandInDagster
from ocr_pipeline_tests.storage.made import verdict

UPLOAD = {"file": ("receipt.png", b"\x89PNG\r\n\x1a\n, and not really a picture")}


def finish(settings: Settings, ledger: Ledger, id_: str, tenant: str = "default") -> None:
    """As the pipeline leaves an accepted document behind."""
    result = verdict()
    row = {"document_id": id_, "state": "accepted", "kind": "invoice", "confidence": 0.9, "version": "1"}
    finished = {"state": State.ACCEPTED, "finished_at": datetime.now(UTC), "versions": {"ocr_text": "1"}}
    with get_engine(settings.database_url.get_secret_value()).begin() as connection:
        connection.execute(schema.documents.insert(), row | {"verdict": result.model_dump(mode="json")})
        connection.execute(update(schema.ledger).where(schema.ledger.c.id == id_).values(finished))
    expires_at = datetime.now(UTC) + timedelta(days=1)
    outcome = Outcome.of(id_, "receipt.png", result, {}, expires_at)
    open_results(settings).publish([Published(tenant, outcome)])


def enter(ledger: Ledger, tenant: str = "default") -> str:
    return ledger.register_batch([Arrival("a.png", f"tests/{time.time_ns()}", "1", 1)], Sender(tenant=tenant))[1][0]


def gone(response: httpx.Response) -> bool:
    return (response.status_code, response.json()["code"]) == (410, ErrorCode.GONE)


def test_finished_document_is_erased(api: httpx.Client, settings: Settings, ledger: Ledger) -> None:
    id_ = api.post("/ocr", files=UPLOAD, params={"wait": 0}).json()["id"]
    entered = ledger.document(id_)
    assert entered is not None
    finish(settings, ledger, id_)
    assert api.get(f"/documents/{id_}").json()["state"] == "accepted"
    response = api.delete(f"/documents/{id_}")
    assert (response.status_code, response.content) == (204, b"")
    assert all(gone(api.get(f"/documents/{id_}{view}")) for view in ("", "/text", "/pages/1.png"))
    assert api.get("/documents").json()["documents"] == []
    assert open_store(settings).get(entered.object_key) is None
    with get_engine(settings.database_url.get_secret_value()).connect() as connection:
        assert connection.execute(select(schema.documents)).all() == []


def test_erased_document_cannot_be_erased_again(api: httpx.Client, settings: Settings, ledger: Ledger) -> None:
    id_ = enter(ledger)
    finish(settings, ledger, id_)
    assert api.delete(f"/documents/{id_}").status_code == 204
    assert gone(api.delete(f"/documents/{id_}"))


@pytest.mark.parametrize("started", [False, True])
def test_unfinished_document_is_cancelled_and_erased(api: httpx.Client, ledger: Ledger, started: bool) -> None:
    answer = api.post("/ocr", files=UPLOAD, params={"wait": 0}).json()
    if started:
        ledger.start_batch(answer["batch"])
    assert api.delete(f"/documents/{answer['id']}").status_code == 204
    assert gone(api.get(f"/documents/{answer['id']}"))
    assert ledger.start_batch(answer["batch"]) == []
    assert answer["batch"] not in [batch.key for batch in ledger.take_unfinished_batches(0, limit=1000)]


def test_whoever_waits_for_a_cancelled_document_is_told(
    api: httpx.Client, dagster: StandInDagster, ledger: Ledger
) -> None:
    def cancel(batch: str) -> None:
        def later() -> None:
            time.sleep(0.5)
            with httpx.Client(base_url=api.base_url, headers=api.headers) as other:
                other.delete(f"/documents/{ledger.batch_documents(batch)[0].id}")

        threading.Thread(target=later).start()

    dagster.on_launch = cancel
    start = time.monotonic()
    response = api.post("/ocr", files=UPLOAD, params={"wait": 25})
    assert time.monotonic() - start < 15
    assert (response.status_code, response.json()["code"]) == (409, ErrorCode.CANCELLED)


def test_expired_document_can_still_be_erased(
    serve: Callable[..., httpx.Client], settings: Settings, ledger: Ledger
) -> None:
    id_ = enter(ledger)
    finish(settings, ledger, id_)
    api = serve(result_seconds=1)
    time.sleep(1.1)
    assert api.delete(f"/documents/{id_}").status_code == 204
    document = ledger.document(id_)
    assert document is not None
    assert document.erased_at is not None


def test_redis_that_was_away_during_the_erasure_serves_nothing_of_it(
    api: httpx.Client, settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = enter(ledger)
    finish(settings, ledger, id_)

    async def fail(*_: object) -> None:
        raise redis.ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(WaitingResults, "forget", fail)
        assert api.delete(f"/documents/{id_}").status_code == 503
    assert gone(api.delete(f"/documents/{id_}"))
    assert gone(api.get(f"/documents/{id_}"))


@pytest.mark.parametrize("id_", ["019bfc3e-5a2f-7c11-9d0e-3b6f0a4c1d22", "nonsense"])
def test_unknown_document_is_not_found(api: httpx.Client, id_: str) -> None:
    assert api.delete(f"/documents/{id_}").status_code == 404


def test_other_tenants_document_is_not_found_and_stays(api: httpx.Client, settings: Settings, ledger: Ledger) -> None:
    id_ = enter(ledger, tenant="other")
    finish(settings, ledger, id_, tenant="other")
    assert api.delete(f"/documents/{id_}").status_code == 404
    document = ledger.document(id_)
    assert document is not None
    assert document.erased_at is None


def test_deleting_needs_the_scope_for_writing(api: httpx.Client, ledger: Ledger) -> None:
    reader = create_token("reader", [READ], timedelta(minutes=5), SECRET)
    response = api.delete(f"/documents/{enter(ledger)}", headers={"Authorization": f"Bearer {reader}"})
    assert (response.status_code, response.json()["code"]) == (403, ErrorCode.FORBIDDEN)
