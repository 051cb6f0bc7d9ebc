import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import mistral_common
import pytest
import torch
from jsonschema import Draft202012Validator
from transformers import BloomConfig, BloomForCausalLM

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.kinds.registry import SHIPPED
from ocr_pipeline.structuring.language_model.bound import matcher
from ocr_pipeline.structuring.language_model.examples import EXAMPLES
from ocr_pipeline.structuring.language_model.in_process import InProcessModel
from ocr_pipeline.structuring.language_model.model import Prompt, Schema
from ocr_pipeline.structuring.language_model.prompt import question
from ocr_pipeline.structuring.language_model.schema import answer_schema
from ocr_pipeline.structuring.language_model.tokens import ChatTokenizer
from ocr_pipeline.structuring.language_model.weights import Weights, find_weights
from ocr_pipeline_tests.structuring.language_model.documents import documents

_REAL_TOKENIZERS = Path(mistral_common.__file__).parent / "data"


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> InProcessModel:
    return InProcessModel(str(tiny_model), "float32", at_once=8)


def _questions(count: int) -> list[tuple[Prompt, Schema, int]]:
    """Of all kinds by turns, with bounds that stop some and let others come to their end."""
    asked = []
    for number, text in enumerate(documents(count)):
        kind = SHIPPED[number % len(SHIPPED)]
        asked.append((question(text, kind).prompt, answer_schema(kind), (40, 150, 900)[number % 3]))
    return asked


def test_a_batch_of_mixed_kinds_gives_the_same_answers_as_one_by_one(model: InProcessModel) -> None:
    asked = _questions(8)
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda one: model.complete(*one), asked))
    assert together == [model.complete(*one) for one in asked]
    assert {answer.truncated for answer in together} == {True, False}
    assert len({answer.text for answer in together}) > 3


def test_what_is_whole_fits_the_schema_and_what_is_not_is_marked(model: InProcessModel) -> None:
    for prompt, schema, bound in _questions(6):
        answer = model.complete(prompt, schema, bound)
        assert answer.completion_tokens <= bound
        assert answer.prompt_tokens > 500
        if answer.truncated:
            assert answer.completion_tokens == bound
            with pytest.raises(json.JSONDecodeError):
                json.loads(answer.text)
        else:
            Draft202012Validator(schema).validate(json.loads(answer.text))


def test_a_prompt_longer_than_the_context_gets_no_answer(model: InProcessModel) -> None:
    prompt: Prompt = [{"role": "user", "content": "TOTAL " * 9000}]
    answer = model.complete(prompt, answer_schema(SHIPPED[0]), 100)
    assert (answer.text, answer.truncated) == ("", True)


def test_a_batch_too_large_for_the_memory_is_written_in_parts(
    model: InProcessModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _questions(8)
    expected = [model.complete(*one) for one in asked]
    generate, sizes = model._model.generate, []

    def cramped(**inputs: Any) -> Any:
        sizes.append(len(inputs["input_ids"]))
        if sizes[-1] > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return generate(**inputs)

    monkeypatch.setattr(model._model, "generate", cramped)
    most = 2
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda one: model.complete(*one), asked)) == expected
    assert max(sizes) > most
    most = 0  # another program may have the memory now: no document is lost for that
    assert (model.complete(*asked[0]).text, model.complete(*asked[0]).truncated) == ("", True)


def test_a_model_is_named_with_its_revision_and_precision(model: InProcessModel, tiny_model: Path) -> None:
    weights = find_weights(str(tiny_model))
    assert weights is not None
    assert model.identity == f"{tiny_model.name}@{weights.revision} float32"


def test_a_model_of_no_known_context_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_model, tmp_path, dirs_exist_ok=True)
    BloomForCausalLM(BloomConfig(vocab_size=1500, hidden_size=8, n_layer=1, n_head=2)).save_pretrained(tmp_path)
    with pytest.raises(PipelineError, match="max_position_embeddings"):
        InProcessModel(str(tmp_path))


def test_weights_that_are_not_here_are_missing(tmp_path: Path) -> None:
    for name in (str(tmp_path), str(tmp_path / "none"), str(tmp_path / "none.gguf"), "nobody/no-model", "a/b/c"):
        with pytest.raises(PipelineError) as caught:
            InProcessModel(name)
        assert caught.value.code == ErrorCode.LANGUAGE_MODEL_MISSING
        assert name in caught.value.message
        assert "ocr-pipeline models download" in caught.value.advice


def test_a_folder_that_holds_no_whole_model_cannot_be_used(tiny_model: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(tiny_model, broken)
    content = (broken / "model.safetensors").read_bytes()
    (broken / "model.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(PipelineError, match=r"cannot be used: .+ models verify") as caught:
        InProcessModel(str(broken))
    assert caught.value.code == ErrorCode.LANGUAGE_MODEL_UNUSABLE

    speechless = tmp_path / "speechless"
    shutil.copytree(tiny_model, speechless)
    for file in (*speechless.glob("tokenizer*"), *speechless.glob("*.jinja")):
        file.unlink()
    with pytest.raises(PipelineError) as caught:
        InProcessModel(str(speechless))
    assert caught.value.code == ErrorCode.LANGUAGE_MODEL_UNUSABLE


def test_fewer_bits_need_a_gpu(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(PipelineError, match="4bit needs an NVIDIA GPU and the package bitsandbytes"):
        InProcessModel(str(tiny_model), "4bit")


@pytest.mark.parametrize(
    ("data", "file"),
    [("mistral_instruct_tokenizer_240323.model.v3", "tokenizer.model.v3"), ("tekken_240911.json", "tekken.json")],
)
@pytest.mark.parametrize("kind", SHIPPED, ids=lambda kind: kind.name)
def test_mistrals_own_tokenizers_bind_and_read_answers(
    tmp_path: Path, data: str, file: str, kind: DocumentKind
) -> None:
    shutil.copy(_REAL_TOKENIZERS / data, tmp_path / file)
    tokenizer = ChatTokenizer(Weights("mistral", tmp_path))
    asked = tokenizer.decode(tokenizer.encode(question(documents(1)[0], kind).prompt))
    assert EXAMPLES[0].answer(kind) in asked
    assert "Never invent" in asked
    for example in EXAMPLES:
        answer = example.answer(kind).replace("GLUE", "K\u00e4se \u20ac \u6771")
        tokens = tokenizer.bytes.tokenize_str(answer)
        follower = matcher(answer_schema(kind), tokenizer.bytes)
        assert tokenizer.decode(tokens) == answer
        assert follower.try_consume_tokens(tokens) == len(tokens)
        assert follower.is_accepting()


def test_a_template_that_knows_no_system_message_gets_none(tiny_model: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(tiny_model, old)
    template = (old / "chat_template.jinja").read_text()
    refusal = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('Only user and assistant') }}{% endif %}"
    (old / "chat_template.jinja").write_text(refusal + template)
    tokenizer = ChatTokenizer(Weights("old", old))
    prompt = question(documents(1)[0], SHIPPED[0]).prompt
    asked = tokenizer.decode(tokenizer.encode(prompt))
    assert "Never invent" in asked
    assert asked.count("[INST]") == 3

    (old / "chat_template.jinja").unlink()
    asked = tokenizer.decode(ChatTokenizer(Weights("old", old)).encode(prompt))
    assert asked.count("[INST]") == 4
