"""A real Mistral model, only small and untrained."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import MistralConfig, MistralForCausalLM, PreTrainedTokenizerFast

from ocr_pipeline.cores import limit_libraries
from ocr_pipeline.kinds.registry import SHIPPED
from ocr_pipeline.structuring.language_model.prompt import question
from ocr_pipeline_tests.structuring.language_model.documents import documents

_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}{{ message['content'] + eos_token }}"
    "{% else %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% endif %}{% endfor %}"
)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a real Mistral model of two layers and random weights, wide enough apart to say different things.

    Its tokenizer was trained on prompts, so that they are short.
    """
    limit_libraries()
    folder = tmp_path_factory.mktemp("tiny-mistral")
    tokenizer = _tokenizer()
    tokenizer.save_pretrained(folder)
    torch.manual_seed(1)
    shape = MistralConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.5,
        max_position_embeddings=8192,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    MistralForCausalLM(shape).save_pretrained(folder)
    return folder


def _tokenizer() -> PreTrainedTokenizerFast:
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    prompts = [message["content"] for kind in SHIPPED for message in question(documents(1)[0], kind).prompt]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    marks = ["<unk>", "<s>", "</s>"]
    trained.train_from_iterator(
        prompts, trainers.BpeTrainer(vocab_size=1500, special_tokens=marks, initial_alphabet=alphabet)
    )
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # transformers leaves it without annotations
        tokenizer_object=trained, unk_token=marks[0], bos_token=marks[1], eos_token=marks[2]
    )
    tokenizer.chat_template = _TEMPLATE
    return tokenizer
