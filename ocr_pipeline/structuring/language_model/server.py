"""A language model behind an OpenAI-compatible endpoint: vLLM, llama.cpp, ``transformers serve``, Mistral's own API."""

import logging
import threading
from typing import Any

import openai
from openai.types.chat import ChatCompletion
from pybreaker import CircuitBreaker, CircuitBreakerError

from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.structuring.language_model.model import Completion, LanguageModelUnavailable, Prompt, Schema

_log = logging.getLogger(__name__)

_RETRIES = 3
"""After refused connections, time-outs and the statuses 408, 409, 429 and 5xx; the client waits longer each time, or
as long as the server says."""
_FAILURES = 5
"""In a row, retries included, after which a server is left alone ..."""
_REST_SECONDS = 30.0
"""... for so long. Then a few questions try it again."""


class ServerModel:
    """At most `at_once` questions are under way together; others wait their turn."""

    def __init__(self, url: str, model: str, *, key: str = "", seconds: float = 120.0, at_once: int = 8) -> None:
        """`seconds` is the longest wait for one answer."""
        self._url = url
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
        """See `LanguageModel`. A prompt that the server refuses gets an empty answer, marked as truncated."""
        try:
            # Unlike `call`, this does not let one caller in at a time.
            with self._turns, self._breaker.calling():
                given = self._ask(prompt, schema, max_tokens)
        except CircuitBreakerError as error:
            raise self._unavailable("it failed again and again, and is left alone for a while") from error
        except openai.APIError as error:
            raise self._unavailable(_first_line(error)) from error
        completion = _completion(given)
        _log.info("%s: %d tokens in, %d out", self.identity, completion.prompt_tokens, completion.completion_tokens)
        return completion

    def _ask(self, prompt: Prompt, schema: Schema, max_tokens: int) -> ChatCompletion | None:
        """The first answer that a way to bind it brings; None where the server refuses the prompt in all of them."""
        for number, how in enumerate(_formats(schema)[self._format :], self._format):
            request: dict[str, Any] = {
                "model": self.identity, "messages": prompt, "max_tokens": max_tokens, "temperature": 0.0, **how
            }  # fmt: skip
            try:
                answer: ChatCompletion = self._client.chat.completions.create(**request)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                _log.info("%s refuses a question with %s: %s", self._url, sorted(how), _first_line(error))
                continue
            self._format = number
            return answer
        _log.warning("%s refuses a prompt", self._url)
        return None

    def _unavailable(self, detail: str) -> LanguageModelUnavailable:
        return LanguageModelUnavailable(ErrorCode.LANGUAGE_MODEL_UNREACHABLE, url=self._url, detail=detail)


def _formats(schema: Schema) -> list[dict[str, Any]]:
    """Ways to bind an answer, the strictest first; the prompt says the form in any case."""
    named = {"name": "record", "schema": schema, "strict": True}
    return [
        {"response_format": {"type": "json_schema", "json_schema": named}},
        {"response_format": {"type": "json_object"}},
        {},
    ]


def _completion(given: ChatCompletion | None) -> Completion:
    if given is None or not given.choices:
        return Completion("", truncated=True, prompt_tokens=0, completion_tokens=0)
    choice, usage = given.choices[0], given.usage
    return Completion(
        choice.message.content or "",
        truncated=choice.finish_reason == "length",
        prompt_tokens=usage.prompt_tokens if usage else 0,
        completion_tokens=usage.completion_tokens if usage else 0,
    )


def _first_line(error: openai.APIError) -> str:
    return error.message.strip().partition("\n")[0].rstrip(".") or type(error).__name__
