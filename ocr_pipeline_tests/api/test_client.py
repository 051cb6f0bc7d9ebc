"""The typed client, against the service, and against one that is slow, away or not the service at all."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image

from api.client import ApiError, Client
from api.client_transport import rejected
from api.schemas import PendingDocument
from ocr_pipeline.documents.model import Rejection, State
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.objects import open_store
from ocr_pipeline_tests.api.servers import StandInDagster
from ocr_pipeline_tests.api.standin_worker import work


def picture(shade: int) -> bytes:
    buffer = BytesIO()
    Image.new("L", (600, 400), shade).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def client(
    serve: Callable[..., httpx.Client], dagster: StandInDagster, settings: Settings, token: str
) -> Iterator[Client]:
    with closing(open_store(settings)) as store, ExitStack() as stack:
        dagster.on_launch = partial(work, settings, store)
        yield stack.enter_context(Client(str(serve().base_url), token))


@contextmanager
def answering(*answers: tuple[int, dict[str, str], bytes]) -> Iterator[tuple[str, list[str]]]:
    """A server that gives these answers one after the other; its address, and the keys of the requests it got."""
    left, keys = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            keys.append(self.headers["Idempotency-Key"])
            status, headers, body = left.pop(0)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        yield f"http://127.0.0.1:{server.server_port}", keys
        server.shutdown()


def test_a_file_is_read_and_comes_back_in_every_form(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "receipt.png"
    path.write_bytes(picture(250))
    outcome = client.read(path, language="en", pages="1-")
    assert (outcome.state, outcome.file, outcome.fields) == (State.ACCEPTED, "receipt.png", {"total": "12.40"})
    assert client.get(outcome.id) == outcome
    assert "Total 12.40" in client.text(outcome.id)
    assert "Total 12.40" in client.markdown(outcome.id)
    assert "ocr_page" in client.hocr(outcome.id)
    assert "<alto" in client.alto(outcome.id)
    assert client.pdf(outcome.id).startswith(b"%PDF-")
    page = Image.open(BytesIO(client.page_png(outcome.id, 1, boxes="words", width=300)))
    assert page.size == (300, 200)


def test_a_file_that_is_refused_raises_what_is_wrong_with_it(client: Client) -> None:
    with pytest.raises(ApiError, match="breaks off") as raised:
        client.read(("receipt.png", picture(1)[:-20]))
    assert (raised.value.code, raised.value.status) == (ErrorCode.TRUNCATED_FILE, 422)
    document_id = raised.value.problem.document_id
    assert document_id is not None
    assert client.get(document_id).state == State.REJECTED


def test_what_is_refused_only_later_raises_the_same(client: Client, dagster: StandInDagster) -> None:
    launch, launched = dagster.on_launch, list[str]()
    dagster.on_launch = launched.append
    pending = client.submit(("receipt.png", picture(2)[:-20]))
    assert isinstance(pending, PendingDocument)
    with pytest.raises(TimeoutError):
        client.read(("receipt.png", picture(2)[:-20]), wait=0.2)
    threading.Timer(0.3, lambda: [launch(batch) for batch in launched]).start()
    with pytest.raises(ApiError) as raised:
        client.read(("receipt.png", picture(2)[:-20]))
    assert (raised.value.code, raised.value.status) == (ErrorCode.TRUNCATED_FILE, 422)


def test_a_key_answers_with_the_same_document(client: Client) -> None:
    first = client.read(("a.png", picture(3)), idempotency_key="k1", reuse=False)
    assert client.read(("a.png", picture(3)), idempotency_key="k1", reuse=False).id == first.id
    assert client.read(("a.png", picture(3)), reuse=False).id != first.id
    with pytest.raises(ApiError) as raised:
        client.read(("b.png", picture(4)), idempotency_key="k1", reuse=False)
    assert raised.value.code == ErrorCode.IDEMPOTENCY_KEY_REUSED


def test_documents_are_listed_over_all_pages_and_can_be_erased(client: Client) -> None:
    start = datetime.now(UTC)
    sent = [client.read((f"{shade}.png", picture(shade)), reuse=False).id for shade in (10, 11, 12)]
    listed = [document.id for document in client.list(state=[State.ACCEPTED], since=start, page_size=2)]
    assert listed == sent[::-1]
    assert [document.id for document in client.list(file="11.png", since=start)] == [sent[1]]
    client.delete(sent[0])
    assert [document.id for document in client.list(since=start)] == sent[:0:-1]
    with pytest.raises(ApiError) as raised:
        client.get(sent[0])
    assert raised.value.status == 410


def test_a_batch_is_sent_followed_and_fetched(client: Client) -> None:
    names = [("a.png", picture(20)), ("cut.png", picture(21)[:-20]), ("c.png", picture(22))]
    sent = client.submit_batch(names, kind="receipt")
    assert [document.file for document in sent.documents] == ["a.png", "cut.png", "c.png"]
    assert list(client.batch_events(sent.batch))[-1].done
    progress = client.batch(sent.batch, wait=5)
    assert (progress.done, progress.counts) == (True, {State.ACCEPTED: 2, State.REJECTED: 1})
    outcomes = {outcome.file: outcome for outcome in client.results(sent.batch)}
    assert outcomes["a.png"].fields == {"total": "12.40"}
    assert outcomes["cut.png"].error is not None
    assert client.results_csv(sent.batch).count("\n") == 4
    again = client.rerun_batch(sent.batch)
    assert again.documents == [outcomes["cut.png"].id]
    assert client.rerun_batch(sent.batch, only_retryable=True).documents == []


def test_a_batch_is_cancelled(client: Client, dagster: StandInDagster) -> None:
    dagster.on_launch = lambda _: None
    sent = client.submit_batch([("a.png", picture(30)), ("b.png", picture(31))], webhook="https://example.com/hook")
    cancelled = client.cancel_batch(sent.batch)
    assert sorted(cancelled.cancelled) == sorted(document.id for document in sent.documents)
    assert client.batch(sent.batch).counts == {State.REJECTED: 2}
    assert {delivery.url for delivery in client.deliveries(batch=sent.batch)} <= {"https://example.com/hook"}
    assert client.webhook_secret().startswith("whsec_")


def test_files_of_the_bucket_are_named_by_their_keys(client: Client, settings: Settings) -> None:
    with closing(open_store(settings)) as store:
        store.put("imports/default/a.png", picture(40))
    sent = client.submit_batch(keys=["imports/default/a.png"])
    assert client.batch(sent.batch, wait=10).counts == {State.ACCEPTED: 1}


def test_requests_are_repeated_under_the_same_key_where_the_service_says_not_now(token: str) -> None:
    known = Outcome(id="d1", file="a.png", state=State.ACCEPTED).model_dump_json().encode()
    busy = (429, {"Retry-After": "0"}, b"{}")
    with answering(busy, (503, {"Retry-After": "0"}, b"{}"), (200, {}, known)) as (url, keys), Client(url, token) as it:
        assert it.read(("a.png", picture(5))).id == "d1"
    assert len(keys) == 3
    assert len(set(keys)) == 1
    with answering(busy, busy) as (url, keys), Client(url, token, retries=1) as it, pytest.raises(ApiError) as raised:
        it.read(("a.png", picture(5)))
    assert (raised.value.status, raised.value.retry_after, len(keys)) == (429, 0, 2)


def test_a_request_whose_first_attempt_is_still_being_answered_is_repeated(token: str) -> None:
    known = Outcome(id="d1", file="a.png", state=State.ACCEPTED).model_dump_json().encode()
    problem = rejected("d1", Rejection.of(ErrorCode.REQUEST_IN_PROGRESS)).problem.model_dump_json().encode()
    with answering((409, {"Retry-After": "0"}, problem), (200, {}, known)) as (url, keys), Client(url, token) as it:
        assert it.read(("a.png", picture(5))).id == "d1"
    assert len(keys) == 2


def test_names_with_line_separators_break_no_line(client: Client, dagster: StandInDagster) -> None:
    dagster.on_launch = lambda _: None
    sent = client.submit_batch([("a\u2028b\x85c.png", b"x"), ("d.png", b"y")])
    assert [outcome.file for outcome in client.results(sent.batch)] == ["a\u2028b\x85c.png", "d.png"]


def test_an_answer_of_something_else_is_an_error_with_its_status(token: str) -> None:
    bad_gateway: tuple[int, dict[str, str], bytes] = (502, {}, b"<html>Bad Gateway</html>")
    with (
        answering(bad_gateway) as (url, _),
        Client(url, token) as it,
        pytest.raises(ApiError, match="Bad Gat") as raised,
    ):
        it.read(("a.png", picture(5)))
    assert raised.value.status == 502


def test_a_service_that_is_away_is_told_apart(token: str) -> None:
    with Client("http://127.0.0.1:9", token, retries=0) as client, pytest.raises(httpx.TransportError):
        client.get("d1")
