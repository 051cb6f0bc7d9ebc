"""From the end of a document to a receiver that believes it."""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import func, update
from sqlalchemy.exc import OperationalError
from standardwebhooks import Webhook, WebhookVerificationError

from api.webhooks import schedule, sender
from ocr_pipeline.documents.model import State
from ocr_pipeline.errors import PipelineError
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.deliveries import Deliveries
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival, Sender
from ocr_pipeline.storage.submissions import Submissions
from ocr_pipeline.tokens import READ, WRITE, create_token
from ocr_pipeline_tests.api import finishing
from ocr_pipeline_tests.api.conftest import SECRET
from ocr_pipeline_tests.api.receivers import LOOPBACK, Answer, Receiver, until
from ocr_pipeline_tests.api.servers import StandInDagster, running_api

pytestmark = pytest.mark.usefixtures("ledger")

Serve = Callable[..., httpx.Client]


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "_POLL_SECONDS", 0.05)
    monkeypatch.setattr(sender, "_AWAY_SECONDS", 0.05)
    monkeypatch.setattr(sender, "_LAST_SECONDS", 2)
    monkeypatch.setattr(schedule, "_SHORTEST_SECONDS", 0.05)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"webhook_networks": LOOPBACK})


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def finish(settings: Settings) -> Callable[..., list[str]]:
    """Enters documents whose sender wants to be told at an address, and ends them; returns their ids."""
    engine = get_engine(settings.database_url.get_secret_value())

    def run(url: str, count: int = 1, tenant: str = "default") -> list[str]:
        submissions = Submissions(engine, burst_size=1, lanes=count + 1000)
        ids = []
        for _ in range(count):
            key = f"uploads/{time.monotonic_ns()}"
            arrival = Arrival(file="receipt.jpg", object_key=key, etag="1", size=1, sha256=key)
            entered = submissions.enter(arrival, Sender(tenant=tenant, webhook=url), None, None)
            assert entered.batch is not None
            finishing.finish(settings, entered.batch)
            ids.append(entered.document_id)
        return ids

    return run


def log(api: httpx.Client, **filters: Any) -> list[dict[str, Any]]:
    response = api.get("/deliveries", params=filters)
    assert response.status_code == 200, response.text
    entries: list[dict[str, Any]] = response.json()["deliveries"]
    return entries


def ended(api: httpx.Client) -> bool:
    return bool(log(api)) and not log(api, state="pending")


def errors(entry: dict[str, Any]) -> list[tuple[int | None, str | None]]:
    return [(attempt["status"], attempt["error"]) for attempt in entry["attempts"]]


def test_a_document_s_sender_is_told_once_and_can_check_who_tells(
    serve: Serve, dagster: StandInDagster, settings: Settings, receiver: Receiver
) -> None:
    api = serve()
    dagster.on_launch = partial(finishing.finish, settings)
    sent = api.post("/ocr", params={"webhook": receiver.url}, files={"file": ("receipt.jpg", b"a picture")})
    assert sent.status_code == 200
    until(lambda: ended(api))
    (received,) = receiver.received

    secret = api.get("/webhooks/secret")
    assert secret.headers["Cache-Control"] == "no-store"
    told = Webhook(secret.json()["secret"]).verify(received.body, dict(received.headers))
    assert told["type"] == "document.finished"
    assert told["location"] == f"/documents/{sent.json()['id']}"
    assert told["data"] == api.get(told["location"]).json()
    assert told["data"]["fields"] == {"total": "12.40"}

    (entry,) = log(api)
    assert (entry["id"], entry["url"], entry["state"]) == (received.id, receiver.url, "delivered")
    assert (entry["document"], entry["batch"], entry["due_at"]) == (sent.json()["id"], None, None)
    assert errors(entry) == [(200, None)]

    with pytest.raises(WebhookVerificationError):
        Webhook(secret.json()["secret"]).verify(received.body.replace("12.40", "99.40"), dict(received.headers))


def test_a_batch_is_told_of_as_a_whole(serve: Serve, ledger: Ledger, settings: Settings, receiver: Receiver) -> None:
    api = serve()
    files = [Arrival(file=f"{n}.png", object_key=f"uploads/{n}", etag="1", size=1) for n in range(3)]
    batch, _ = ledger.register_batch(files, Sender(webhook=receiver.url))
    finishing.finish(settings, batch)
    until(lambda: ended(api))
    (received,) = receiver.received
    told = Webhook(api.get("/webhooks/secret").json()["secret"]).verify(received.body, dict(received.headers))
    assert (told["type"], told["location"]) == ("batch.finished", f"/batches/{batch}")
    assert (told["data"]["batch"], told["data"]["counts"]) == (batch, {State.ACCEPTED: 3})
    assert api.get(told["location"]).status_code == 200
    assert [entry["batch"] for entry in log(api, batch=batch)] == [batch]
    assert log(api, batch="another") == []


def test_erased_documents_are_not_counted(
    serve: Serve, settings: Settings, ledger: Ledger, dagster: StandInDagster, receiver: Receiver
) -> None:
    api = serve()
    arrivals = [Arrival(file=name, object_key=f"uploads/{name}", etag="1", size=1) for name in ("a.jpg", "b.jpg")]
    batch, (erased, _) = ledger.register_batch(arrivals, Sender(webhook=receiver.url))
    assert api.delete(f"/documents/{erased}").status_code == 204
    finishing.finish(settings, batch)
    until(lambda: bool(receiver.received))
    assert json.loads(receiver.received[0].body)["data"]["counts"] == {State.ACCEPTED: 1}
    assert api.get(f"/batches/{batch}").json()["counts"] == {State.ACCEPTED: 1}


def test_a_receiver_that_fails_is_told_again(serve: Serve, finish: Callable[..., list[str]]) -> None:
    api = serve()
    with Receiver(500, Answer(307, {"Location": "http://127.0.0.1:1/"})) as receiver:
        finish(receiver.url)
        until(lambda: ended(api))
    (entry,) = log(api)
    assert entry["state"] == "delivered"
    assert errors(entry) == [(500, "status"), (307, "status"), (200, None)]
    assert {received.id for received in receiver.received} == {entry["id"]}
    # Each attempt has a time and a signature of its own.
    for received in receiver.received:
        Webhook(api.get("/webhooks/secret").json()["secret"]).verify(received.body, dict(received.headers))


def test_one_that_says_gone_is_left_alone_until_asked_for(serve: Serve, finish: Callable[..., list[str]]) -> None:
    api = serve()
    with Receiver(410) as receiver:
        finish(receiver.url)
        until(lambda: ended(api))
        (entry,) = log(api, state="failed")
        assert (entry["delivered_at"], errors(entry)) == (None, [(410, "status")])

        again = api.post(f"/deliveries/{entry['id']}/retry")
        assert (again.status_code, again.json()["state"]) == (202, "pending")
        until(lambda: ended(api))
    assert errors(log(api, state="delivered")[0]) == [(410, "status"), (200, None)]


def test_after_its_hours_it_is_given_up(serve: Serve, finish: Callable[..., list[str]]) -> None:
    api = serve(webhook_hours=0.0005)
    with Receiver(*[500] * 100) as receiver:
        finish(receiver.url)
        until(lambda: ended(api))
    (entry,) = log(api, state="failed")
    assert 1 < len(receiver.received) < 10
    assert len(entry["attempts"]) == len(receiver.received)


def test_a_restart_between_attempts_loses_none(
    settings: Settings, serve: Serve, finish: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver(*[503] * 5) as receiver:
        with running_api(settings):
            ids = finish(receiver.url, 5)
            until(lambda: len(receiver.received) >= 5)
        api = serve()
        until(lambda: ended(api))
    assert sorted(entry["document"] for entry in log(api, state="delivered")) == sorted(ids)


def test_two_processes_share_the_work(serve: Serve, finish: Callable[..., list[str]], receiver: Receiver) -> None:
    receiver.may_answer.clear()
    api = serve()
    serve()
    ids = finish(receiver.url, 40)
    receiver.may_answer.set()
    until(lambda: len(log(api, state="delivered")) == len(ids))
    assert Counter(received.id for received in receiver.received).most_common(1)[0][1] == 1
    assert len(receiver.received) == len(ids)


def test_a_slow_receiver_holds_up_nobody_else(
    serve: Serve, finish: Callable[..., list[str]], receiver: Receiver
) -> None:
    api = serve()
    with Receiver() as slow:
        slow.may_answer.clear()
        finish(slow.url, 30)
        until(lambda: len(slow.received) == 8)
        finish(receiver.url, 5)
        until(lambda: len(receiver.received) == 5)
        assert slow.most_at_once == len(slow.received) == 8
        slow.may_answer.set()
        until(lambda: ended(api))
        assert slow.most_at_once == 8
    assert len(log(api, state="delivered")) == 35


def test_one_tenant_s_receivers_leave_room_for_others(
    serve: Serve, finish: Callable[..., list[str]], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "_AT_ONCE", 4)
    monkeypatch.setattr(sender, "_PER_TENANT", 2)
    serve()
    with Receiver() as slow, Receiver() as other:
        slow.may_answer.clear()
        other.may_answer.clear()
        for url in (slow.url, other.url):
            finish(url, 3, tenant="greedy")
        until(lambda: len(slow.received) + len(other.received) == 2)
        finish(receiver.url, 3)
        until(lambda: len(receiver.received) == 3)
        assert len(slow.received) + len(other.received) == 2


def test_a_sender_killed_while_it_sends_loses_nothing(
    settings: Settings, serve: Serve, finish: Callable[..., list[str]], receiver: Receiver
) -> None:
    program = f"""
import asyncio
from api.webhooks import sender
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.database import get_engine

sender.LEASE_SECONDS = 4

async def main():
    settings = Settings(jwt_secret={SECRET!r}, webhook_networks={LOOPBACK!r})
    async with sender.sending(get_engine({settings.database_url.get_secret_value()!r}), settings):
        await asyncio.sleep(60)

asyncio.run(main())
"""
    receiver.may_answer.clear()
    finish(receiver.url)
    process = subprocess.Popen([sys.executable, "-c", program])
    until(lambda: len(receiver.received) == 1, 60)
    process.kill()
    process.wait()
    receiver.may_answer.set()
    api = serve()
    assert log(api)[0]["state"] == "pending"
    until(lambda: ended(api))
    assert errors(log(api, state="delivered")[0]) == [(200, None)]
    assert len(receiver.received) == 2
    assert len({received.id for received in receiver.received}) == 1


def test_the_service_ends_though_a_receiver_does_not_answer(
    settings: Settings, finish: Callable[..., list[str]], receiver: Receiver
) -> None:
    receiver.may_answer.clear()
    with running_api(settings):
        finish(receiver.url)
        until(lambda: len(receiver.received) == 1)
        began = time.monotonic()
    assert time.monotonic() - began < 10


def test_faults_of_postgres_and_our_own_do_not_stop_it(
    serve: Serve, finish: Callable[..., list[str]], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first_fail(method: Callable[..., Any]) -> Callable[..., Any]:
        faults: list[Exception] = [OperationalError("select", {}, Exception("away")), ZeroDivisionError("ours")] * 2

        def called(*args: Any) -> Any:
            if faults:
                raise faults.pop()
            return method(*args)

        return called

    monkeypatch.setattr(Deliveries, "due", first_fail(Deliveries.due))
    monkeypatch.setattr(Deliveries, "delivered", first_fail(Deliveries.delivered))
    monkeypatch.setattr(sender, "LEASE_SECONDS", 0.3)
    api = serve()
    finish(receiver.url)
    until(lambda: ended(api))
    assert log(api)[0]["state"] == "delivered"
    assert len(receiver.received) >= 5  # what is not entered as delivered is sent again


def test_what_was_erased_is_not_told(
    serve: Serve, settings: Settings, finish: Callable[..., list[str]], receiver: Receiver
) -> None:
    (id_,) = finish(receiver.url)
    with get_engine(settings.database_url.get_secret_value()).begin() as connection:
        connection.execute(update(schema.ledger).where(schema.ledger.c.id == id_).values(erased_at=func.now()))
    api = serve()
    until(lambda: ended(api))
    assert errors(log(api, state="failed", document=id_)[0]) == [(None, "gone")]
    assert receiver.received == []


def test_networks_that_were_allowed_once_are_not_for_good(
    serve: Serve, finish: Callable[..., list[str]], receiver: Receiver
) -> None:
    finish(receiver.url)
    api = serve(webhook_networks="", webhook_hours=0.0001)
    until(lambda: ended(api))
    assert set(errors(log(api, state="failed")[0])) == {(None, "address")}
    assert receiver.received == []


def test_a_tenant_sees_and_signs_only_its_own(
    serve: Serve, finish: Callable[..., list[str]], receiver: Receiver, settings: Settings
) -> None:
    api = serve()
    theirs = create_token("them", [READ, WRITE], timedelta(minutes=5), SECRET, tenant="others")
    them = httpx.Client(base_url=api.base_url, headers={"Authorization": f"Bearer {theirs}"})
    with them:
        finish(receiver.url, tenant="others")
        until(lambda: ended(them))
        (entry,) = log(them)
        assert log(api) == []
        assert api.post(f"/deliveries/{entry['id']}/retry").status_code == 404
        assert log(them) == [entry]
        ours, foreign = (client.get("/webhooks/secret").json()["secret"] for client in (api, them))
    (received,) = receiver.received
    Webhook(foreign).verify(received.body, dict(received.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(ours).verify(received.body, dict(received.headers))


def test_the_log_is_read_page_by_page(serve: Serve, finish: Callable[..., list[str]], receiver: Receiver) -> None:
    api = serve()
    ids = finish(receiver.url, 5)
    until(lambda: ended(api))
    page = api.get("/deliveries", params={"limit": 2, "state": "delivered"}).json()
    found = page["deliveries"]
    while page["next"]:
        page = api.get(page["next"]).json()
        assert len(page["deliveries"]) <= 2
        found += page["deliveries"]
    assert [entry["document"] for entry in found] == ids[::-1]
    assert log(api, document=ids[2])[0]["document"] == ids[2]


def test_reading_the_log_and_sending_again_need_scopes(serve: Serve) -> None:
    api = serve()
    reader = create_token("reader", [READ], timedelta(minutes=5), SECRET)
    headers = {"Authorization": f"Bearer {reader}"}
    assert api.get("/deliveries", headers=headers).status_code == 200
    assert api.post("/deliveries/1/retry", headers=headers).status_code == 403
    assert api.get("/webhooks/secret", headers=headers).status_code == 403
    assert api.post("/deliveries/unknown/retry").status_code == 404


@pytest.mark.parametrize(
    ("name", "value"),
    [("webhook_networks", "intranet"), ("webhook_ports", "x"), ("webhook_secret", SecretStr("short"))],
)
def test_the_service_does_not_start_with_wrong_settings(settings: Settings, name: str, value: object) -> None:
    async def start() -> None:
        engine = get_engine(settings.database_url.get_secret_value())
        async with sender.sending(engine, settings.model_copy(update={name: value})):
            pass

    with pytest.raises(PipelineError, match=f"OCR_{name.upper()}"):
        asyncio.run(start())
