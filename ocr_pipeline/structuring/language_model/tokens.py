"""The model's own tokenizer and chat template, and its tokens as bytes for those who bind what it writes."""

from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from llguidance import LLTokenizer, TokenizerWrapper
from llguidance.hf import from_tokenizer
from transformers import AutoTokenizer
from transformers.tokenization_mistral_common import MistralCommonBackend

from ocr_pipeline.structuring.language_model.model import Prompt
from ocr_pipeline.structuring.language_model.weights import Weights

_MISTRAL_FILES = ("tekken.json", "tokenizer.model.v*")
"""What mistral-common reads; where there are several, the last is the newest."""

_MISTRAL_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'assistant' %} {{ message['content'] }}{{ eos_token }}"
    "{% else %}[INST] {{ message['content'] }} [/INST]{% endif %}{% endfor %}"
)
"""For folders without a template: that of Mistral's instruction models."""


class ChatTokenizer:
    """Turns prompts into the numbers of a model's tokens, and those back into text."""

    def __init__(self, weights: Weights, vocabulary: int | None = None) -> None:
        """`vocabulary` is how many tokens the model gives scores for; it may be more than the tokenizer knows.

        Raises what transformers and mistral-common raise where the folder holds no tokenizer that they can read.
        """
        file = _mistral_file(weights)
        self._tokenizer: Any = MistralCommonBackend(tokenizer_path=file) if file else _from_folder(weights)
        self.library = "mistral-common" if file else "transformers"
        self.end = int(self._tokenizer.eos_token_id)
        self.bytes = _byte_tokenizer(self._tokenizer, vocabulary, self.end)

    def encode(self, prompt: Prompt) -> list[int]:
        """With the template's tokens, up to where the answer begins."""
        try:
            return self._encode(prompt)
        except (TemplateError, ValueError):  # templates of older models know no system message
            return self._encode(_without_system(prompt))

    def decode(self, tokens: list[int]) -> str:
        return str(self.bytes.decode_bytes(tokens).decode("utf-8", errors="replace"))

    def _encode(self, prompt: Prompt) -> list[int]:
        more = {} if isinstance(self._tokenizer, MistralCommonBackend) else {"add_generation_prompt": True}
        tokens = self._tokenizer.apply_chat_template(prompt, tokenize=True, return_dict=False, **more)
        return [int(token) for token in tokens]


def _mistral_file(weights: Weights) -> Path | None:
    if weights.gguf:
        return None
    found = [file for pattern in _MISTRAL_FILES for file in sorted(weights.folder.glob(pattern))]
    return found[-1] if found else None


def _from_folder(weights: Weights) -> Any:
    where = {"gguf_file": weights.gguf} if weights.gguf else {}
    tokenizer = AutoTokenizer.from_pretrained(weights.folder, local_files_only=True, **where)
    if tokenizer.chat_template is None:
        tokenizer.chat_template = _MISTRAL_TEMPLATE
    return tokenizer


def _without_system(prompt: Prompt) -> Prompt:
    system, first, *rest = prompt
    return [{"role": "user", "content": f"{system['content']}\n\n{first['content']}"}, *rest]


def _byte_tokenizer(tokenizer: Any, vocabulary: int | None, end: int) -> LLTokenizer:
    if isinstance(tokenizer, MistralCommonBackend):
        return LLTokenizer(TokenizerWrapper(_MistralTokens(tokenizer)), n_vocab=vocabulary)
    return from_tokenizer(tokenizer, n_vocab=vocabulary, eos_token=end)


class _MistralTokens:
    """What llguidance asks of a tokenizer that is none of Hugging Face's."""

    def __init__(self, backend: MistralCommonBackend) -> None:
        self._tokenizer: Any = backend.tokenizer.instruct_tokenizer.tokenizer
        self.eos_token_id = self._tokenizer.eos_id
        self.bos_token_id = self._tokenizer.bos_id
        self.special_token_ids = sorted(self._tokenizer.special_ids)
        special = self._tokenizer.special_ids
        self.tokens = [
            b"" if token in special else _bytes_of(self._tokenizer, token) for token in range(self._tokenizer.n_words)
        ]

        # A sentencepiece tokenizer puts a space before every text; after a line break it does not.
        self._before = "" if hasattr(self._tokenizer, "id_to_byte_piece") else "\n"
        self._skipped = len(self._encode(self._before))

    def __call__(self, text: bytes) -> list[int]:
        return self._encode(self._before + text.decode("utf-8", errors="replace"))[self._skipped :]

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, bos=False, eos=False))


def _bytes_of(tokenizer: Any, token: int) -> bytes:
    if hasattr(tokenizer, "id_to_byte_piece"):  # tekken
        return bytes(tokenizer.id_to_byte_piece(token))
    piece = str(tokenizer.id_to_piece(token))
    if len(piece) == len("<0x00>") and piece.startswith("<0x"):
        return bytes([int(piece[3:5], 16)])
    return piece.replace("\u2581", " ").encode()
