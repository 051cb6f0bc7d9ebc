"""The numbers that a model computes with: bfloat16 where they fit, fewer bits where they do not."""

from importlib.util import find_spec
from typing import Any, Literal

import torch
from transformers import BitsAndBytesConfig

from ocr_pipeline.structuring.language_model.weights import Weights

Precision = Literal["auto", "float32", "bfloat16", "8bit", "4bit"]

_ROOM = 1.3
"""Memory that a model takes, in sizes of its weights: what it remembers of prompts and answers comes on top."""

_FOUR_BITS: dict[str, Any] = {
    "load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": torch.bfloat16
}  # fmt: skip


def loading_options(weights: Weights, precision: Precision) -> dict[str, Any]:
    """Arguments of ``from_pretrained``. Raises ValueError for a precision that this machine does not have."""
    chosen = _best(weights) if precision == "auto" else precision
    if chosen == "bfloat16":
        return {"dtype": torch.bfloat16}
    if chosen == "float32":
        return {"dtype": torch.float32}
    if not _has_bitsandbytes():
        raise ValueError(f"{chosen} needs an NVIDIA GPU and the package bitsandbytes")
    bits = {"load_in_8bit": True} if chosen == "8bit" else _FOUR_BITS
    quantized = BitsAndBytesConfig(**bits)  # type: ignore[no-untyped-call]  # transformers leaves it without annotations
    return {"quantization_config": quantized, "dtype": torch.bfloat16}


def _best(weights: Weights) -> Literal["bfloat16", "float32", "4bit"]:
    """A GGUF file is quantized as it is. The CPU computes with it in float32, as it does where it has no bfloat16."""
    if not torch.cuda.is_available():
        abilities = torch.cpu.get_capabilities()
        has_it = abilities.get("avx512_bf16") or abilities.get("amx_bf16")
        return "bfloat16" if has_it and not weights.gguf else "float32"
    memory = sum(torch.cuda.mem_get_info(number)[0] for number in range(torch.cuda.device_count()))
    fits = bool(weights.gguf) or weights.size * _ROOM <= memory
    return "bfloat16" if fits or not _has_bitsandbytes() else "4bit"


def _has_bitsandbytes() -> bool:
    return torch.cuda.is_available() and find_spec("bitsandbytes") is not None
