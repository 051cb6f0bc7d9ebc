import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pybreaker import CircuitBreaker

from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.structuring.language_model import server
from ocr_pipeline.structuring.language_model.model import Completion, LanguageModelUnavailable, Prompt
from ocr_pipeline.structuring.language_model.server import ServerModel

Answer = tuple[int, object]
"""Status and body."""

PROMPT: Prompt = [{"role": "user", "content": "TOTAL 11.60"}]
SCHEMA = {"type": "object", "properties": {"total": {"type": "null"}}, "required": ["total"]}


def says(text: str, finish: str = "stop") -> Answer:
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    return 200, {
        "id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage
    }  # fmt: skip


class Endpoint:
    """A real HTTP server that answers as `answer` says, which gets the request's body; bytes go out as they are."""

    def __init__(self, answer: Callable[[dict[str, Any]], Answer]) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.asked.append(body)
                endpoint.keys.append(self.headers["Authorization"])
                status, content = answer(body)
                sent = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(sent)))
                self.send_header("retry-after-ms", "1")
                self.end_headers()
                with suppress(ConnectionError):  # who asked may have gone
                    self.wfile.write(sent)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def endpoint() -> Iterator[Callable[[Callable[[dict[str, Any]], Answer]], Endpoint]]:
    made: list[Endpoint] = []

    def make(answer: Callable[[dict[str, Any]], Answer]) -> Endpoint:
        made.append(Endpoint(answer))
        return made[-1]

    yield make
    for one in made:
        one.close()


Make = Callable[[Callable[[dict[str, Any]], Answer]], Endpoint]


def asked(model: ServerModel) -> Completion:
    return model.complete(PROMPT, SCHEMA, 50)


def test_the_schema_goes_along_and_the_tokens_come_back(endpoint: Make) -> None:
    answering = endpoint(lambda _: says('{"total":null}'))
    model = ServerModel(answering.url, "m", key="sesame")
    assert asked(model) == Completion('{"total":null}', False, 7, 3)
    (request,) = answering.asked
    assert request["response_format"]["json_schema"]["schema"] == SCHEMA
    assert request["response_format"]["json_schema"]["strict"] is True
    assert (request["model"], request["max_tokens"], request["temperature"]) == ("m", 50, 0.0)
    assert answering.keys == ["Bearer sesame"]


def test_an_answer_that_was_stopped_is_marked(endpoint: Make) -> None:
    assert asked(ServerModel(endpoint(lambda _: says('{"tot', "length")).url, "m")).truncated


@pytest.mark.parametrize(("known", "tries"), [("json_schema", 1), ("json_object", 2), (None, 3)])
@pytest.mark.parametrize("status", [400, 422])
def test_a_server_is_bound_as_far_as_it_can_be_and_not_asked_again_how_far(
    endpoint: Make, known: str | None, tries: int, status: int
) -> None:
    def answer(body: dict[str, Any]) -> Answer:
        if body.get("response_format", {}).get("type") == known:
            return says("{}")
        return status, {"error": {"message": "unknown field: response_format"}}

    answering = endpoint(answer)
    model = ServerModel(answering.url, "m")
    assert asked(model).text == "{}"
    assert len(answering.asked) == tries
    assert asked(model).text == "{}"
    assert len(answering.asked) == tries + 1


@pytest.mark.parametrize("status", [400, 413])
def test_a_prompt_that_is_refused_in_every_way_has_no_answer_and_the_next_one_may(endpoint: Make, status: int) -> None:
    def answer(body: dict[str, Any]) -> Answer:
        if body["messages"] == PROMPT:
            return status, {"error": {"message": "maximum context length"}}
        return says("{}")

    answering = endpoint(answer)
    model = ServerModel(answering.url, "m")
    assert asked(model) == Completion("", truncated=True, prompt_tokens=0, completion_tokens=0)
    assert model.complete([*PROMPT, *PROMPT], SCHEMA, 5).text == "{}"
    assert answering.asked[-1]["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_server_that_stumbles_is_asked_again(endpoint: Make, status: int) -> None:
    answers = iter([(status, {}), (status, {}), says("{}")])
    answering = endpoint(lambda _: next(answers))
    assert asked(ServerModel(answering.url, "m")).text == "{}"
    assert len(answering.asked) == 3


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_server_that_will_not_answer_is_no_fault_of_the_document(endpoint: Make, status: int) -> None:
    answering = endpoint(lambda _: (status, {"error": {"message": "no.\nreally"}}))
    with pytest.raises(LanguageModelUnavailable) as caught:
        asked(ServerModel(answering.url, "m"))
    assert caught.value.code == ErrorCode.LANGUAGE_MODEL_UNREACHABLE
    assert caught.value.problem.retryable
    assert answering.url in caught.value.message
    assert "OCR_LANGUAGE_MODEL_KEY" in caught.value.advice
    assert len(answering.asked) == (5 if status == 500 else 1)


_CONTENTS = {
    "a login page": b"<html>Please log in</html>",
    "nothing": b"",
    "half": b'{"choices": [{"mess',
    "no completion": b"[1]",
    "null": b"null",
    "an odd choice": b'{"choices": ["a"]}',
    "no list": b'{"choices": {"a": 1}}',
}


@pytest.mark.parametrize("content", _CONTENTS.values(), ids=_CONTENTS.keys())
def test_what_is_no_completion_is_no_fault_of_the_document(endpoint: Make, content: bytes) -> None:
    """A proxy's log-in page comes with status 200 too."""
    with pytest.raises(LanguageModelUnavailable, match="no chat completion"):
        asked(ServerModel(endpoint(lambda _: (200, content)).url, "m"))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b'{"choices": []}', ""),
        (b'{"choices": null}', ""),
        (b'{"choices": [{"message": null}]}', ""),
        (b'{"choices": [{"message": {"content": null}}], "usage": {"prompt_tokens": null}}', ""),
        (b'{"choices": [{"message": {"content": [{"type": "thinking"}, {"type": "text", "text": "{}"}]}}]}', "{}"),
        (b'{"choices": [{"message": {"content": "a\\ud800b"}}]}', "a?b"),
    ],
)
def test_a_completion_may_lack_much_and_hold_what_cannot_be_stored(endpoint: Make, content: bytes, text: str) -> None:
    answer = asked(ServerModel(endpoint(lambda _: (200, content)).url, "m"))
    assert (answer.text, answer.prompt_tokens, answer.completion_tokens) == (text, 0, 0)


def test_a_question_that_fails_where_others_do_not_holds_nobody_up(endpoint: Make) -> None:
    """Else the batch would be tried again for a day, and then be given up."""

    def answer(body: dict[str, Any]) -> Answer:
        return (500, {"error": {"message": "internal error"}}) if body["messages"] == PROMPT else says("{}")

    model = ServerModel(endpoint(answer).url, "m")
    for _ in range(server._FAILURES + 1):
        assert asked(model) == Completion("", truncated=True, prompt_tokens=0, completion_tokens=0)


def test_a_question_that_takes_too_long_where_others_do_not_holds_nobody_up(
    endpoint: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_RETRIES", 0)
    let_go = threading.Event()

    def answer(body: dict[str, Any]) -> Answer:
        if body["messages"] == PROMPT:
            let_go.wait(20)
        return says("{}")

    assert asked(ServerModel(endpoint(answer).url, "m", seconds=0.5)).text == ""
    let_go.set()


def test_no_error_tells_a_secret_or_goes_on_for_ever(endpoint: Make, caplog: pytest.LogCaptureFixture) -> None:
    """Some servers repeat the key, and URLs may hold a password."""
    caplog.set_level("INFO", logger=server.__name__)
    said = {"error": {"message": "not a key: sesame-open " + "x" * 10_000}}
    refusing, failing = endpoint(lambda _: (400, said)), endpoint(lambda _: (401, said))
    asked(ServerModel(refusing.url.replace("//", "//ali:baba@"), "m", key="sesame-open"))
    with pytest.raises(LanguageModelUnavailable, match="not a key") as caught:
        asked(ServerModel(failing.url.replace("//", "//ali:baba@"), "m", key="sesame-open"))
    assert failing.url in caught.value.message
    assert refusing.url in caplog.text
    told = [caught.value.message, *(entry.getMessage() for entry in caplog.records if entry.name == server.__name__)]
    for text in told:
        assert len(text) < 1000
        assert "sesame" not in text
        assert "baba" not in text


@pytest.mark.parametrize("url", ["localhost:1/v1", "nonsense"])
def test_what_is_wrong_with_an_address_is_said(url: str) -> None:
    with pytest.raises(LanguageModelUnavailable, match="protocol"):
        asked(ServerModel(url, "m"))


def test_threads_that_find_out_together_what_a_server_knows_do_not_lose_it(endpoint: Make) -> None:
    def answer(body: dict[str, Any]) -> Answer:
        return (400, {"error": {"message": "unknown"}}) if "response_format" in body else says("{}")

    class Told(ServerModel):
        """Another thread learns something whenever this one looks."""

        looks = iter((0, 2))

        @property
        def _format(self) -> int:
            return next(self.looks, 2)

        @_format.setter
        def _format(self, number: int) -> None:
            assert number <= 2

    assert asked(Told(endpoint(answer).url, "m")).text == "{}"


def test_nobody_there(endpoint: Make) -> None:
    with closing(Endpoint(lambda _: says("{}"))) as gone:
        url = gone.url
    started = time.monotonic()
    with pytest.raises(LanguageModelUnavailable, match="does not answer"):
        asked(ServerModel(url, "m"))
    assert time.monotonic() - started < 30


def test_a_slow_server_is_not_waited_for_longer_than_set(endpoint: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_RETRIES", 0)
    let_go = threading.Event()

    def answer(_: dict[str, Any]) -> Answer:
        let_go.wait(20)
        return says("{}")

    answering = endpoint(answer)
    started = time.monotonic()
    with pytest.raises(LanguageModelUnavailable):
        asked(ServerModel(answering.url, "m", seconds=0.3))
    assert time.monotonic() - started < 10
    let_go.set()


def test_a_server_that_keeps_failing_is_left_alone_until_it_had_a_rest(
    endpoint: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    rested = threading.Event()
    monkeypatch.setattr(server, "_REST_SECONDS", 1.0)
    answering = endpoint(lambda _: says("{}") if rested.is_set() else (503, {}))
    model = ServerModel(answering.url, "m")
    for _ in range(server._FAILURES):
        with pytest.raises(LanguageModelUnavailable):
            asked(model)
    requests = len(answering.asked)
    for _ in range(5):
        with pytest.raises(LanguageModelUnavailable, match="left alone"):
            asked(model)
    assert len(answering.asked) == requests
    rested.set()
    time.sleep(1.1)
    assert asked(model).text == "{}"
    assert asked(model).text == "{}"


def test_questions_are_under_way_together_but_no_more_than_allowed(endpoint: Make) -> None:
    """The breaker's `call` would let one in at a time."""
    under_way, most, lock = 0, 0, threading.Lock()

    def answer(_: dict[str, Any]) -> Answer:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.2)
        with lock:
            under_way -= 1
        return says("{}")

    model = ServerModel(endpoint(answer).url, "m", at_once=3)
    with ThreadPoolExecutor(9) as threads:
        assert len(list(threads.map(lambda _: asked(model), range(9)))) == 9
    assert most == 3


def test_the_breaker_is_of_the_kind_whose_context_keeps_no_lock() -> None:
    breaker = CircuitBreaker()
    with breaker.calling(), ThreadPoolExecutor(1) as threads:
        assert threads.submit(breaker.call, lambda: "in").result(timeout=5) == "in"
