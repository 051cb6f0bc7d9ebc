"""A language model in this process, by transformers: on all GPUs that there are, or on the CPU."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, GenerationConfig

from ocr_pipeline.cores import core
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.structuring.language_model.batches import Batches
from ocr_pipeline.structuring.language_model.bound import BoundAnswers, EachAtItsBound, matcher
from ocr_pipeline.structuring.language_model.model import Completion, Prompt, Schema
from ocr_pipeline.structuring.language_model.precision import Precision, loading_options
from ocr_pipeline.structuring.language_model.tokens import ChatTokenizer
from ocr_pipeline.structuring.language_model.weights import Weights, find_weights

_log = logging.getLogger(__name__)

LOADING_ERRORS = (
    OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, ImportError, SafetensorError
)  # fmt: skip
"""What transformers, tokenizers and mistral-common raise for files that are no model, or not all of one."""
_FEWEST_TOKENS = 16
"""A prompt that leaves no room for so many is too long for the model."""


@dataclass(frozen=True)
class _Question:
    tokens: list[int]
    schema: Schema
    bound: int
    """Tokens."""


class InProcessModel:
    """Answers of several threads are written together, up to `at_once` of them."""

    def __init__(self, model: str, precision: Precision = "auto", at_once: int = 8) -> None:
        """`model` is a folder, a GGUF file, or a name on the hub whose files were downloaded before.

        Raises PipelineError(LANGUAGE_MODEL_MISSING) and PipelineError(LANGUAGE_MODEL_UNUSABLE).
        """
        weights = find_weights(model)
        if weights is None:
            raise PipelineError(ErrorCode.LANGUAGE_MODEL_MISSING, model=model)
        self._model = _load(weights, precision)
        try:
            self._vocabulary = int(self._model.get_output_embeddings().weight.shape[0])
            self._context = int(self._model.config.get_text_config().max_position_embeddings)
            self._tokenizer = ChatTokenizer(weights, self._vocabulary)
        except LOADING_ERRORS as error:
            raise unusable(model, error) from error
        self._batches = Batches(self._write, at_once)
        self.identity = f"{weights.identity} {_numbers_of(self._model)}"

    def complete(self, prompt: Prompt, schema: Schema, max_tokens: int) -> Completion:
        """See `LanguageModel`. A prompt too long for the model's context or the accelerator's memory gets an empty
        answer, marked as truncated."""
        tokens = self._tokenizer.encode(prompt)
        bound = min(max_tokens, self._context - len(tokens))
        if bound < _FEWEST_TOKENS:
            _log.warning("A prompt of %d tokens is too long for a context of %d", len(tokens), self._context)
            return Completion("", truncated=True, prompt_tokens=len(tokens), completion_tokens=0)
        return self._batches.ask(_Question(tokens, schema, bound))

    def _write(self, questions: Sequence[_Question]) -> list[Completion]:
        """Where the accelerator's memory does not hold the batch, its halves are written one after the other."""
        try:
            return self._generate(questions)
        except torch.OutOfMemoryError as error:
            if len(questions) == 1:
                _log.warning("A prompt of %d tokens is too long for the memory: %s", len(questions[0].tokens), error)
                return [Completion("", truncated=True, prompt_tokens=len(questions[0].tokens), completion_tokens=0)]
        half = len(questions) // 2
        return [*self._write(questions[:half]), *self._write(questions[half:])]

    def _generate(self, questions: Sequence[_Question]) -> list[Completion]:
        longest = max(len(question.tokens) for question in questions)
        end = self._tokenizer.end
        padded = [[end] * (longest - len(question.tokens)) + question.tokens for question in questions]
        mask = [[0] * (longest - len(question.tokens)) + [1] * len(question.tokens) for question in questions]
        matchers = [matcher(question.schema, self._tokenizer.bytes) for question in questions]
        bounds = [question.bound for question in questions]
        device = self._model.device
        settings = GenerationConfig(  # type: ignore[no-untyped-call]  # transformers leaves it without annotations
            max_new_tokens=max(bounds), do_sample=False, num_beams=1, eos_token_id=end, pad_token_id=end
        )
        with core(), torch.inference_mode():
            written = self._model.generate(
                input_ids=torch.tensor(padded, device=device),
                attention_mask=torch.tensor(mask, device=device),
                generation_config=settings,
                logits_processor=[BoundAnswers(matchers, self._vocabulary, end)],
                stopping_criteria=[EachAtItsBound(bounds, longest)],
            )
        answers = written[:, longest:].tolist()
        return [self._completion(question, tokens) for question, tokens in zip(questions, answers, strict=True)]

    def _completion(self, question: _Question, tokens: list[int]) -> Completion:
        """`tokens` are followed by padding, which is the token that ends an answer."""
        own = tokens[: question.bound]
        has_ended = self._tokenizer.end in own
        said = own[: own.index(self._tokenizer.end)] if has_ended else own
        return Completion(self._tokenizer.decode(said), not has_ended, len(question.tokens), len(said))


def unusable(model: str, error: Exception) -> PipelineError:
    detail = str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
    return PipelineError(ErrorCode.LANGUAGE_MODEL_UNUSABLE, model=model, detail=detail)


def _numbers_of(model: Any) -> str:
    """What it computes with: precision decides answers too."""
    bits = {"is_loaded_in_8bit": "8bit", "is_loaded_in_4bit": "4bit"}
    return next((name for sign, name in bits.items() if getattr(model, sign, False)), str(model.dtype).split(".")[-1])


def _load(weights: Weights, precision: Precision) -> Any:
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            weights.folder,
            local_files_only=True,
            device_map="auto",
            output_loading_info=True,
            **({"gguf_file": weights.gguf} if weights.gguf else {}),
            **loading_options(weights, precision),
        )
    except LOADING_ERRORS as error:
        raise unusable(weights.name, error) from error
    model, report = loaded
    if missing := sorted(report["missing_keys"]):
        detail = f"{len(missing)} of its weights are missing, such as {missing[0]}"
        raise PipelineError(ErrorCode.LANGUAGE_MODEL_UNUSABLE, model=weights.name, detail=detail)
    _log.info("Language model %s: %s on %s", weights.name, model.dtype, model.device)
    return model.eval()
