"""Whether a model's files are all there and can be used, found out without loading the weights."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.structuring.language_model.weights import Weights, find_weights, shards


@dataclass(frozen=True)
class Check:
    name: str
    passed: bool
    detail: str


def checks(model: str) -> Iterator[Check]:
    """One after the other, each as soon as it is made; raises PipelineError(LANGUAGE_MODEL_MISSING)."""
    weights = find_weights(model)
    if weights is None:
        raise PipelineError(ErrorCode.LANGUAGE_MODEL_MISSING, model=model)
    yield Check("files", True, f"{weights.folder / weights.gguf if weights.gguf else weights.folder}")
    if not weights.gguf:
        yield _made("weights", lambda: _weights(weights))
        yield _made("architecture", lambda: _architecture(weights))
    yield _made("tokenizer", lambda: _tokenizer(weights))
    yield Check("revision", True, weights.identity)


def _made(name: str, check: Callable[[], str]) -> Check:
    # Whatever a library says of a broken file is what there is to say.
    try:
        return Check(name, True, check())
    except Exception as error:  # noqa: BLE001
        return Check(name, False, str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__)


def _weights(weights: Weights) -> str:
    """Opens each file: a header that does not fit the file's length is refused."""
    from safetensors import SafetensorError, safe_open

    expected, found = _indexed(weights), set()
    for file in shards(weights):
        if not file.is_file():
            raise FileNotFoundError(f"{file.name} is missing")
        try:
            with safe_open(file, framework="numpy") as opened:
                found |= set(opened.keys())
        except SafetensorError as error:
            raise ValueError(f"{file.name} is broken: {error}") from error
    if lacking := sorted(expected - found):
        raise ValueError(f"{len(lacking)} tensors are missing, such as {lacking[0]}")
    return f"{len(found)} tensors in {len(shards(weights))} files, {weights.size / 1e9:.1f} GB"


def _indexed(weights: Weights) -> set[str]:
    index = weights.folder / "model.safetensors.index.json"
    return set(json.loads(index.read_text(encoding="utf-8"))["weight_map"]) if index.is_file() else set()


def _architecture(weights: Weights) -> str:
    names = json.loads((weights.folder / "config.json").read_text(encoding="utf-8")).get("architectures") or ["none"]
    if not str(names[0]).endswith("ForCausalLM"):
        raise ValueError(f"{names[0]} does not continue text; a model ...ForCausalLM is needed")
    return str(names[0])


def _tokenizer(weights: Weights) -> str:
    from ocr_pipeline.structuring.language_model.tokens import ChatTokenizer

    tokenizer = ChatTokenizer(weights)
    asked = tokenizer.encode([{"role": "user", "content": "TOTAL 11.60"}])
    return f"{tokenizer.bytes.vocab_size} tokens by {tokenizer.library}, {len(asked)} for a short question"
