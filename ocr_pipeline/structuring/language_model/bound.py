"""Binds what a model writes to JSON Schemas: every token that would leave its schema is forbidden."""

from collections.abc import Sequence

import torch
from llguidance import LLMatcher, LLTokenizer
from transformers import LogitsProcessor, StoppingCriteria

from ocr_pipeline.structuring.language_model.model import Schema


def matcher(schema: Schema, tokenizer: LLTokenizer) -> LLMatcher:
    """Follows one answer. Raises ValueError for a schema that llguidance cannot hold an answer to."""
    # A weak model fills its budget with white space wherever that is allowed.
    grammar = LLMatcher.grammar_from_json_schema(schema, overrides={"whitespace_flexible": False})
    found = LLMatcher(tokenizer, grammar)
    if found.is_error():
        raise ValueError(found.get_error())
    return found


class BoundAnswers(LogitsProcessor):
    """One matcher for each prompt of a batch, which has to be one that has matched nothing yet."""

    def __init__(self, matchers: Sequence[LLMatcher], vocabulary: int, end: int) -> None:
        """`end` is the token that ends an answer, and stands behind those that ended before the others."""
        self._end = end
        self._matchers = matchers
        self._masks = torch.zeros((len(matchers), -(-vocabulary // 32)), dtype=torch.int32)
        self._bits = torch.arange(32, dtype=torch.int32)
        self._has_begun = False

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """`input_ids` is (batch, tokens so far), `scores` (batch, vocabulary)."""
        if self._has_begun:
            for follower, token in zip(self._matchers, input_ids[:, -1].tolist(), strict=True):
                if token != self._end and not follower.is_stopped():
                    follower.consume_token(token)
        self._has_begun = True
        for row, follower in zip(self._masks, self._matchers, strict=True):
            follower.unsafe_compute_mask_ptr(row.data_ptr(), row.numel() * row.element_size())
        allowed = ((self._masks.unsqueeze(-1) >> self._bits) & 1).bool().flatten(1)[:, : scores.shape[1]]
        return scores.masked_fill(~allowed.to(scores.device), -torch.inf)


class EachAtItsBound(StoppingCriteria):
    """Ends each answer of a batch at its own bound of tokens."""

    def __init__(self, bounds: Sequence[int], prompt_tokens: int) -> None:
        """`prompt_tokens` is the length to which the prompts were padded."""
        self._ends = torch.tensor(bounds) + prompt_tokens

    def __call__(self, input_ids: torch.Tensor, _scores: torch.Tensor, **_: object) -> torch.Tensor:
        return (self._ends <= input_ids.shape[1]).to(input_ids.device)
