"""The engine that asks a language model, and believes it no further than the document and the CPU engine do."""

import logging
import threading
from dataclasses import asdict, dataclass

from ocr_pipeline.documents.model import DocumentText, Record
from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.structuring.engine import VERSIONS, EngineName, StructuringEngine
from ocr_pipeline.structuring.language_model.answer import Answer, salvaged_answer, whole_answer
from ocr_pipeline.structuring.language_model.cache import AnswerCache, NoCache, answer_key
from ocr_pipeline.structuring.language_model.grounded import grounded
from ocr_pipeline.structuring.language_model.hybrid import compare
from ocr_pipeline.structuring.language_model.model import Completion, LanguageModel, Prompt
from ocr_pipeline.structuring.language_model.prompt import PROMPT_VERSION, question
from ocr_pipeline.structuring.language_model.schema import answer_schema, budget

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Usage:
    """What was asked of the model in this process."""

    answers: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def plus(self, completion: Completion) -> "Usage":
        return Usage(
            self.answers + 1,
            self.prompt_tokens + completion.prompt_tokens,
            self.completion_tokens + completion.completion_tokens,
        )


class LanguageModelEngine:
    """The CPU engine's values go into the prompt as hints, and are compared with the answer."""

    def __init__(
        self,
        name: EngineName,
        model: LanguageModel,
        *,
        cpu: StructuringEngine,
        at_once: int,
        answers: AnswerCache | None = None,
    ) -> None:
        self.name = name
        self.version = VERSIONS[name]
        self.at_once = at_once
        self.usage = Usage()
        self._model = model
        self._cpu = cpu
        self._answers = answers or NoCache()
        self._one = threading.Lock()

    @property
    def counts(self) -> dict[str, int]:
        return asdict(self.usage)

    def structure(self, text: DocumentText, kind: DocumentKind) -> Record:
        """See `StructuringEngine`. Where the model gives no answer that can be used, the record is the CPU engine's:
        `Record.engine` says so, and `Record.model` who was asked.

        Raises LanguageModelUnavailable, which is no fault of the document.
        """
        with self._one:  # the CPU engine works on one document at a time
            found = self._cpu.structure(text, kind)
        if not text.lines:
            return found
        asked = question(text, kind, hints=found)
        answer = self._answer(asked.prompt, kind)
        by = {"model": self._model.identity, "prompt": _version(asked.omitted)}
        if answer is None:
            return found.model_copy(update=by)
        said = grounded(answer, text, kind)
        both = compare(said, found, kind)
        return Record(
            engine=f"{self.name}-{self.version}",
            kind=kind.name,
            fields=both.fields,
            line_items=both.line_items,
            unsupported=found.unsupported | said.unsupported,
            disputed=both.disputed,
            **by,
        )

    def _answer(self, prompt: Prompt, kind: DocumentKind) -> Answer | None:
        """The model's answer, whole or what is left of one that was cut twice; None where nothing is."""
        schema = answer_schema(kind)
        key = answer_key(self._model.identity, PROMPT_VERSION, prompt, schema)
        if (kept := self._answers.get(key)) and (answer := whole_answer(kept, kind)):
            return answer
        salvaged = None
        for tokens in budget(schema).tries:
            completion = self._model.complete(prompt, schema, tokens)
            with self._one:
                self.usage = self.usage.plus(completion)
            if answer := whole_answer(completion.text, kind):
                self._answers.put(key, completion.text)
                return answer
            said = salvaged_answer(completion.text, kind)
            if said is None:  # no answer at all: more room would only bring more of it
                break
            salvaged = said
        _log.warning("%s: %s", self._model.identity, "an answer was cut" if salvaged else "an answer is no JSON")
        return salvaged


def _version(omitted: tuple[int, int] | None) -> str:
    return PROMPT_VERSION if omitted is None else f"{PROMPT_VERSION}, without lines {omitted[0]} to {omitted[1]}"
