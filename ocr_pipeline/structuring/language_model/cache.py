"""Answers that a model gave before: what it was asked, and by whom, decides them."""

import hashlib
import json
from typing import Protocol

from ocr_pipeline.structuring.language_model.model import Prompt, Schema


class AnswerCache(Protocol):
    """Keeps answers by key. It may forget, and it never fails: where its store is down it knows nothing."""

    def get(self, key: str, /) -> str | None: ...

    def put(self, key: str, answer: str, /) -> None: ...

    def __hash__(self) -> int: ...


class NoCache:
    def get(self, _key: str, /) -> str | None:
        return None

    def put(self, _key: str, _answer: str, /) -> None: ...


def answer_key(model: str, prompt_version: str, prompt: Prompt, schema: Schema) -> str:
    """64 hexadecimal digits of all that an answer depends on; `model` holds its revision and precision."""
    asked = json.dumps([model, prompt_version, prompt, schema], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(asked.encode(errors="replace")).hexdigest()
