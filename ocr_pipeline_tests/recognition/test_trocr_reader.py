import math
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import (
    GenerationConfig,
    PreTrainedTokenizerFast,
    TrOCRConfig,
    TrOCRForCausalLM,
    TrOCRProcessor,
    VisionEncoderDecoderModel,
    ViTConfig,
    ViTImageProcessor,
    ViTModel,
)

from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.recognition.line_reader import LineReader, LineReading, load_handwriting_reader
from ocr_pipeline.recognition.trocr_reader import TrOcrReader
from ocr_pipeline_tests.drawing import drawn


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TrOCR model as transformers saves it, tiny and never trained: it writes what it likes and seldom ends."""
    folder = tmp_path_factory.mktemp("trocr")
    tokenizer = _tokenizer()
    torch.manual_seed(0)
    encoder = ViTModel(
        ViTConfig(
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            image_size=32,
            patch_size=8,
        ),
        add_pooling_layer=False,
    )
    decoder = TrOCRForCausalLM(
        TrOCRConfig(
            vocab_size=len(tokenizer), d_model=32, decoder_layers=2, decoder_attention_heads=2, decoder_ffn_dim=64,
            cross_attention_hidden_size=32, max_position_embeddings=48, init_std=0.5, is_decoder=True,
        )
    )  # fmt: skip
    model = VisionEncoderDecoderModel(encoder=encoder, decoder=decoder)
    tokens = {
        "decoder_start_token_id": tokenizer.bos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    for name, token in tokens.items():
        setattr(model.config, name, token)
    # As the published models have it; ours reads greedily all the same.
    published: dict[str, Any] = {"num_beams": 4, "max_length": 20, "early_stopping": True, **tokens}
    model.generation_config = GenerationConfig(**published)  # type: ignore[no-untyped-call]
    model.save_pretrained(folder)
    pictures = ViTImageProcessor(size={"height": 32, "width": 32})
    processor = TrOCRProcessor(image_processor=pictures, tokenizer=tokenizer)  # type: ignore[no-untyped-call]
    processor.save_pretrained(folder)
    return folder


def _tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = ByteLevelBPETokenizer()
    lines = ["Dear Sir or Madam,", "the goods came late and wet", "yours truly"]
    tokenizer.train_from_iterator(lines, vocab_size=300, special_tokens=["<s>", "<pad>", "</s>"], show_progress=False)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer._tokenizer, bos_token="<s>", pad_token="<pad>", eos_token="</s>"
    )


@pytest.fixture(scope="module")
def reader(folder: Path) -> TrOcrReader:
    return TrOcrReader(str(folder))


def crop(width: int, text: str = "Dear Sir") -> Pixels:
    return drawn(width, 40, (5, 2, text), size=28).pixels


CROPS = [crop(400), crop(60, "wet"), crop(200, "late"), *(crop(100 + 20 * n, "goods") for n in range(8))]


def assert_same(one: list[LineReading], other: list[LineReading]) -> None:
    assert [reading.text for reading in one] == [reading.text for reading in other]
    assert [reading.confidence for reading in one] == pytest.approx([r.confidence for r in other], rel=0.05)


def test_lines_read_together_and_alone_are_the_same(reader: LineReader) -> None:
    together = reader.read_lines(CROPS)
    assert_same(together, [reader.read_lines([crop])[0] for crop in CROPS])
    assert len({reading.text for reading in together}) > 1
    assert all(0 <= reading.confidence <= 1 for reading in together)
    assert any(reading.text for reading in together)


def test_a_line_gets_no_more_text_than_its_width_has_room_for(reader: TrOcrReader) -> None:
    lengths = []
    for width in (60, 200, 4000):
        (reading,) = reader.read_lines([crop(width, "wet")])
        # The last of the decoder's 48 places is the bound of the longest line; no token of ours has over two letters.
        assert len(reading.text) <= 2 * min(4 + math.ceil(4 * width / 40), 47)
        lengths.append(len(reading.text))
    assert lengths[0] < lengths[1] < lengths[2]


def test_no_crops_no_readings(reader: TrOcrReader) -> None:
    assert reader.read_lines([]) == []


def test_several_threads_may_read_at_once(reader: TrOcrReader) -> None:
    alone = reader.read_lines(CROPS[:3])
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(reader.read_lines, [CROPS[:3]] * 8):
            assert_same(found, alone)


def test_the_model_is_loaded_once(folder: Path) -> None:
    reader = load_handwriting_reader(str(folder))
    assert reader.name == "trocr"
    assert load_handwriting_reader(str(folder)) is reader


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="there is no such folder") as caught:
        TrOcrReader(str(tmp_path / "nowhere"))
    assert caught.value.code is ErrorCode.HANDWRITING_MODEL_UNUSABLE
    assert "OCR_HANDWRITING_MODEL" in caught.value.advice


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer.json", "*processor_config.json"])
def test_an_incomplete_folder_is_no_model(folder: Path, tmp_path: Path, missing: str) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    for file in list(copy.glob(missing)):
        file.unlink()
    with pytest.raises(PipelineError) as caught:
        TrOcrReader(str(copy))
    assert caught.value.code is ErrorCode.HANDWRITING_MODEL_UNUSABLE
    assert str(copy) in caught.value.message


def test_a_file_of_weights_that_breaks_off_is_no_model(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    with pytest.raises(PipelineError) as caught:
        TrOcrReader(str(copy))
    assert caught.value.code is ErrorCode.HANDWRITING_MODEL_UNUSABLE


def test_weights_of_another_network_are_no_model(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    model = VisionEncoderDecoderModel.from_pretrained(folder)
    model.encoder.save_pretrained(copy / "encoder")
    shutil.copy(copy / "encoder" / "model.safetensors", copy / "model.safetensors")
    with pytest.raises(PipelineError, match="weights") as caught:
        TrOcrReader(str(copy))
    assert caught.value.code is ErrorCode.HANDWRITING_MODEL_UNUSABLE


def test_a_blank_crop_is_read_without_fault(reader: TrOcrReader) -> None:
    (reading,) = reader.read_lines([np.full((30, 90, 3), 255, np.uint8)])
    assert 0 <= reading.confidence <= 1
