"""A server's answer as what the model wrote. Servers leave out much of what the protocol asks for."""

import json
from typing import Any

from pydantic import BaseModel

from ocr_pipeline.structuring.language_model.model import Completion

NO_ANSWER = Completion("", truncated=True, prompt_tokens=0, completion_tokens=0)


class NoCompletionError(ValueError):
    """What came is nothing of the protocol, such as a proxy's log-in page."""


class _Message(BaseModel):
    content: Any = None


class _Choice(BaseModel):
    message: _Message | None = None
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Sent(BaseModel):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None


def completion_in(content: bytes) -> Completion:
    """`content` is the body of an answer with status 200. Raises NoCompletionError."""
    try:
        sent = _Sent.model_validate(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise NoCompletionError("what it sends is no chat completion") from error
    if not sent.choices or sent.choices[0].message is None:
        return NO_ANSWER
    choice, usage = sent.choices[0], sent.usage or _Usage()
    return Completion(
        _text(sent.choices[0].message.content),
        truncated=choice.finish_reason == "length",
        prompt_tokens=usage.prompt_tokens or 0,
        completion_tokens=usage.completion_tokens or 0,
    )


def _text(content: Any) -> str:
    """Models that reason send a list of parts, of which those with a text are the answer."""
    parts = content if isinstance(content, list) else [content]
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    said = "".join(text for text in texts if isinstance(text, str))
    return said.encode(errors="replace").decode()  # lone surrogates, which JSON can escape and nothing can store
