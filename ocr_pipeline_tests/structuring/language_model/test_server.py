import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
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
    """A real HTTP server that answers as `answer` says, which gets the request's body."""

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
                sent = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(sent)))
                self.send_header("retry-after-ms", "1")
                self.end_headers()
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


def test_a_prompt_that_is_refused_in_every_way_has_no_answer_and_the_next_one_may(endpoint: Make) -> None:
    def answer(body: dict[str, Any]) -> Answer:
        if body["messages"] == PROMPT:
            return 400, {"error": {"message": "maximum context length"}}
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
    assert len(answering.asked) == (4 if status == 500 else 1)


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
