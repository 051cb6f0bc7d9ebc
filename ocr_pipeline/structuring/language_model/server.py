"""A language model behind an OpenAI-compatible endpoint: vLLM, llama.cpp, ``transformers serve``, Mistral's own API."""

import logging
import threading
from typing import Any
from urllib.parse import urlsplit

import openai
from pybreaker import CircuitBreaker, CircuitBreakerError

from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.structuring.language_model.completion import NO_ANSWER, NoCompletionError, completion_in
from ocr_pipeline.structuring.language_model.model import Completion, LanguageModelUnavailable, Prompt, Schema

_log = logging.getLogger(__name__)

_RETRIES = 3
"""After refused connections, time-outs and the statuses 408, 409, 429 and 5xx; the client waits longer each time, or
as long as the server says."""
_FAILURES = 5
"""In a row, retries included, after which a server is left alone ..."""
_REST_SECONDS = 30.0
"""... for so long. Then a few questions try it again."""
_REFUSALS = {400, 413, 422}
"""Statuses that speak of the question."""
_LONGEST_DETAIL = 300
"""Characters of a server's own words in an error."""
_EASY: dict[str, Any] = {"messages": [{"role": "user", "content": "Say yes."}], "max_tokens": 1}


class ServerModel:
    """At most `at_once` questions are under way together; others wait their turn."""

    def __init__(self, url: str, model: str, *, key: str = "", seconds: float = 120.0, at_once: int = 8) -> None:
        """`seconds` is the longest wait for one answer."""
        self._url = _without_password(url)
        self._key = key
        self.identity = model
        self._client = openai.OpenAI(
            base_url=url,
            api_key=key or "none",  # the client wants one; servers without keys do not look at it
            timeout=seconds,
            max_retries=_RETRIES,
        )
        self._turns = threading.BoundedSemaphore(at_once)
        self._breaker = CircuitBreaker(fail_max=_FAILURES, reset_timeout=_REST_SECONDS)
        self._format = 0
        """Index of the strictest way to bind answers that the server is not known to refuse."""

    def complete(self, prompt: Prompt, schema: Schema, max_tokens: int) -> Completion:
        """See `LanguageModel`. A prompt that the server refuses, or fails at though it answers others, gets an empty
        answer, marked as truncated."""
        try:
            # Unlike `call`, this does not let one caller in at a time.
            with self._turns, self._breaker.calling():
                completion = self._ask_or_pass(prompt, schema, max_tokens)
        # Without their causes, which repeat what a server says.
        except CircuitBreakerError:
            raise self._unavailable("it failed again and again, and is left alone for a while") from None
        except (openai.APIError, NoCompletionError, UnicodeError) as error:
            raise self._unavailable(self._first_line(error)) from None
        _log.info("%s: %d tokens in, %d out", self.identity, completion.prompt_tokens, completion.completion_tokens)
        return completion

    def _ask_or_pass(self, prompt: Prompt, schema: Schema, max_tokens: int) -> Completion:
        """A server that answers an easy question is not down: then this one is what it cannot answer, or not in time.

        To try it again later would hold up all documents that wait with this one.
        """
        try:
            return self._ask(prompt, schema, max_tokens)
        except (openai.APITimeoutError, openai.InternalServerError) as error:
            is_overloaded = isinstance(error, openai.APIStatusError) and error.status_code != 500
            if is_overloaded or not self._answers_an_easy_question():
                raise
            _log.warning("%s answers others, but not this question: %s", self._url, self._first_line(error))
            return NO_ANSWER

    def _ask(self, prompt: Prompt, schema: Schema, max_tokens: int) -> Completion:
        """The first answer that a way to bind it brings; none where the server refuses the prompt in all of them."""
        first = self._format  # read once: other threads find out, too
        for number, how in enumerate(_formats(schema)[first:], first):
            request: dict[str, Any] = {
                "model": self.identity, "messages": prompt, "max_tokens": max_tokens, "temperature": 0.0, **how
            }  # fmt: skip
            try:
                # The client's own reading takes whatever comes with status 200 for a completion.
                sent = self._client.chat.completions.with_raw_response.create(**request)
            except openai.APIStatusError as error:
                if error.status_code not in _REFUSALS:
                    raise
                _log.info("%s refuses a question with %s: %s", self._url, sorted(how), self._first_line(error))
                continue
            completion = completion_in(sent.content)
            self._format = number
            return completion
        _log.warning("%s refuses a prompt", self._url)
        return NO_ANSWER

    def _answers_an_easy_question(self) -> bool:
        once = self._client.with_options(max_retries=0)
        try:
            once.chat.completions.with_raw_response.create(model=self.identity, **_EASY)
        except openai.APIError:
            return False
        return True

    def _unavailable(self, detail: str) -> LanguageModelUnavailable:
        return LanguageModelUnavailable(ErrorCode.LANGUAGE_MODEL_UNREACHABLE, url=self._url, detail=detail)

    def _first_line(self, error: Exception) -> str:
        """Some servers repeat the key that they do not take."""
        said = str(error.__cause__) if isinstance(error, openai.APIConnectionError) and error.__cause__ else str(error)
        line = said.strip().partition("\n")[0].rstrip(".") or type(error).__name__
        return (line.replace(self._key, "***") if self._key else line)[:_LONGEST_DETAIL]


def _formats(schema: Schema) -> list[dict[str, Any]]:
    """Ways to bind an answer, the strictest first; the prompt says the form in any case."""
    named = {"name": "record", "schema": schema, "strict": True}
    return [
        {"response_format": {"type": "json_schema", "json_schema": named}},
        {"response_format": {"type": "json_object"}},
        {},
    ]


def _without_password(url: str) -> str:
    """As it may be shown: without a user's name, password and what is asked of it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
