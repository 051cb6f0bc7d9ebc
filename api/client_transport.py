"""How the client talks: with patience, and with errors that say what the service said."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import ValidationError

from api.schemas import Problem
from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode, describe

File = str | Path | tuple[str, bytes]
"""A path, or a name and the bytes."""

_ANSWER_SECONDS = 60.0
"""Longest silence of the service: longer than it lets a request wait."""
_LONGEST_PAUSE_SECONDS = 60.0
_SLOW_DOWN = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE})


class ApiError(Exception):
    """The service said no; `problem` is its answer. `retry_after` is in seconds."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        self.problem = problem
        self.code = problem.code
        self.status = problem.status
        self.retry_after = retry_after
        super().__init__(f"{problem.code} ({problem.status}): {problem.detail} {problem.advice}")


class Transport:
    """`retries` is how often a request is repeated where the service says "not now" or cannot be reached.

    Every method raises ApiError, and `httpx.TransportError` where the service stays out of reach.
    """

    def __init__(self, url: str, token: str, retries: int = 4) -> None:
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=httpx.Timeout(10, read=_ANSWER_SECONDS)
        )
        self._retries = retries

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def send(self, method: str, path: str, *, files: Iterable[tuple[str, File]] = (), **request: Any) -> httpx.Response:
        """The answer, where it is a good one. Files are opened anew for every attempt."""
        listed = list(files)

        def attempt() -> httpx.Response:
            with ExitStack() as opened:
                parts = [(field, _part(file, opened)) for field, file in listed]
                return self._http.request(method, path, files=parts or None, **request)

        return self._patiently(attempt)

    @contextmanager
    def lines(self, path: str, **request: Any) -> Iterator[Iterator[str]]:
        """The lines of the answer to a GET, as they come."""
        asked = self._http.build_request("GET", path, **request)
        with closing(self._patiently(lambda: self._http.send(asked, stream=True))) as response:
            yield _lines(response.iter_bytes())

    def _patiently(self, attempt: Callable[[], httpx.Response]) -> httpx.Response:
        for number in range(self._retries + 1):
            is_last = number == self._retries
            pause = 0.5 * 2**number
            try:
                response = attempt()
                if response.is_success:
                    return response
                response.read()
            except httpx.TransportError:
                if is_last:
                    raise
            else:
                error = _error_of(response)
                if is_last or not (error.status in _SLOW_DOWN or error.code is ErrorCode.REQUEST_IN_PROGRESS):
                    raise error
                pause = pause if error.retry_after is None else error.retry_after
            time.sleep(min(pause, _LONGEST_PAUSE_SECONDS))
        raise AssertionError("the last attempt returns or raises")


def rejected(document_id: str, error: Rejection) -> ApiError:
    """What the service would have answered to the file, had it waited for the end."""
    problem = _problem(error.code, describe(error.code).status, error.message)
    return ApiError(problem.model_copy(update={"advice": error.advice, "document_id": document_id}))


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """httpx and `str.splitlines` also end lines at characters, such as U+2028, that JSON has within its texts."""
    rest = b""
    for chunk in chunks:
        *complete, rest = (rest + chunk).split(b"\n")
        yield from (line.decode() for line in complete)
    if rest:
        yield rest.decode()


def _part(file: File, opened: ExitStack) -> tuple[str, Any]:
    if isinstance(file, tuple):
        return file
    path = Path(file)
    return path.name, opened.enter_context(path.open("rb"))


def _error_of(response: httpx.Response) -> ApiError:
    retry_after = response.headers.get("Retry-After", "")
    seconds = float(retry_after) if retry_after.isdecimal() else None
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        # Not the service itself, but something on the way to it.
        problem = _problem(ErrorCode.INTERNAL_ERROR, response.status_code, f"{response.text[:200]!r} was answered.")
    return ApiError(problem, seconds)


def _problem(code: ErrorCode, status: int, detail: str) -> Problem:
    known = describe(code)
    return Problem(
        type=f"urn:ocr-pipeline:problem:{code}",
        title=code.replace("_", " ").capitalize(),
        status=status,
        code=code,
        category=known.category,
        detail=detail,
        advice=known.advice,
        retryable=known.retryable,
    )
