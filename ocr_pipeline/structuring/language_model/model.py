"""The one interface of language models, wherever they run."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypedDict

from ocr_pipeline.errors import PipelineError

Schema = dict[str, Any]
"""A JSON Schema."""


class Message(TypedDict):
    role: Literal["system", "user", "assistant"]
    content: str


Prompt = list[Message]


@dataclass(frozen=True)
class Completion:
    """What a model wrote. `truncated` where it was stopped at the bound of tokens and had not ended by itself."""

    text: str
    truncated: bool
    prompt_tokens: int
    completion_tokens: int


class LanguageModelUnavailable(PipelineError):  # noqa: N818 - a state of the service, no fault of the document
    """The model cannot be asked now. What was to be asked is not at fault and can be asked again later."""


class LanguageModel(Protocol):
    """Writes what a prompt asks for, in the form of a schema. Several threads may ask at once."""

    @property
    def identity(self) -> str:
        """Name and revision: whatever of the model decides its answers."""
        ...

    def complete(self, prompt: Prompt, schema: Schema, max_tokens: int) -> Completion:
        """At most `max_tokens` tokens, chosen greedily.

        The schema binds the answer as far as the model's host can bind it: the caller checks.
        Raises LanguageModelUnavailable, and PipelineError(LANGUAGE_MODEL_UNUSABLE) where it will never answer.
        """
        ...
