"""TrOCR: a transformer that reads handwritten lines. Its weights are the user's choice; none come with the product."""

import math
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import cv2
import torch
from safetensors import SafetensorError
from transformers import GenerationConfig, TrOCRProcessor, VisionEncoderDecoderModel

from ocr_pipeline.cores import core
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.recognition.line_reader import LineReading

_BATCH = 8
_TOKENS_PER_HEIGHT = 4
"""No hand puts more letters than this on a piece of line as long as the line is high; a token is a letter or more."""
_FEWEST_TOKENS = 4
_LOADING_ERRORS = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, ImportError, SafetensorError)


class TrOcrReader:
    name = "trocr"

    def __init__(self, model: str) -> None:
        """`model` is a folder that transformers saved a model and its processor in, or a name on the hub.

        Raises PipelineError(HANDWRITING_MODEL_UNUSABLE).
        """
        self._processor, self._model = _load(model)
        self._most_tokens = _most_tokens(self._model)
        self._lock = Lock()

    def read_lines(self, crops: Sequence[Pixels]) -> list[LineReading]:
        """See `LineReader`. Confidence is the geometric mean of the tokens' probabilities."""
        bounds = [self._token_bound(crop) for crop in crops]
        # Lines of one length keep each other company, or the longest would hold up all the others.
        order = sorted(range(len(crops)), key=lambda index: bounds[index])
        readings: dict[int, LineReading] = {}
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            with self._lock, core():
                found = self._read_batch([crops[index] for index in batch], [bounds[index] for index in batch])
            readings.update(zip(batch, found, strict=True))
        return [readings[index] for index in range(len(crops))]

    def _token_bound(self, crop: Pixels) -> int:
        """Most tokens that a line of this shape can hold: a model that lost the thread repeats itself for ever."""
        height, width = crop.shape[:2]
        room: int = math.ceil(_TOKENS_PER_HEIGHT * width / height)
        return min(_FEWEST_TOKENS + room, self._most_tokens)

    def _read_batch(self, crops: list[Pixels], bounds: list[int]) -> list[LineReading]:
        pictures = [cv2.cvtColor(crop, cv2.COLOR_BGR2RGB) for crop in crops]
        pixels = self._processor(images=pictures, input_data_format="channels_last", return_tensors="pt").pixel_values
        with torch.inference_mode():
            answer = self._model.generate(pixels.to(self._model.device, self._model.dtype), max_new_tokens=max(bounds))
        log_probabilities = torch.stack([scores.float().log_softmax(-1).amax(-1) for scores in answer.scores], dim=1)
        tokens = answer.sequences[:, -log_probabilities.shape[1] :]
        return [
            self._reading(row[:bound], scores[:bound])
            for row, scores, bound in zip(tokens, log_probabilities, bounds, strict=True)
        ]

    def _reading(self, tokens: torch.Tensor, log_probabilities: torch.Tensor) -> LineReading:
        """`tokens` and the logarithms of their probabilities as long as the line may be; both run on after its end."""
        text = " ".join(self._processor.tokenizer.decode(tokens, skip_special_tokens=True).split())
        ends = (tokens == self._processor.tokenizer.eos_token_id).nonzero()
        used = log_probabilities[: int(ends[0]) + 1] if len(ends) else log_probabilities
        return (
            LineReading(text, min(1.0, math.exp(float(used.nan_to_num(-math.inf).mean()))))
            if text
            else LineReading("", 0.0)
        )


def _load(model: str) -> tuple[Any, Any]:
    is_folder = Path(model).is_dir()
    if not is_folder and Path(model).is_absolute():
        raise PipelineError(ErrorCode.HANDWRITING_MODEL_UNUSABLE, model=model, detail="there is no such folder")
    try:
        processor = TrOCRProcessor.from_pretrained(model, local_files_only=is_folder)
        loaded: Any = VisionEncoderDecoderModel.from_pretrained(
            model, local_files_only=is_folder, device_map="auto", dtype=_number_type(), output_loading_info=True
        )
    except _LOADING_ERRORS as error:
        detail = str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
        raise PipelineError(ErrorCode.HANDWRITING_MODEL_UNUSABLE, model=model, detail=detail) from error
    # The published models lack the encoder's pooler, which no reading needs; anything else would be left to chance.
    network, report = loaded
    if missing := sorted(key for key in report["missing_keys"] if ".pooler." not in key):
        detail = f"{len(missing)} of its weights are missing, such as {missing[0]}"
        raise PipelineError(ErrorCode.HANDWRITING_MODEL_UNUSABLE, model=model, detail=detail)
    network.generation_config = _greedily(network.generation_config)
    return processor, network.eval()


def _greedily(published: GenerationConfig) -> GenerationConfig:
    """Beams cost four times as much and have no probability of their own."""
    return GenerationConfig(  # type: ignore[no-untyped-call]
        bos_token_id=published.bos_token_id,
        decoder_start_token_id=published.decoder_start_token_id,
        eos_token_id=published.eos_token_id,
        pad_token_id=published.pad_token_id,
        num_beams=1,
        do_sample=False,
        return_dict_in_generate=True,
        output_scores=True,
    )


def _number_type() -> torch.dtype:
    """bf16 where the device computes with it and does not merely imitate it."""
    if torch.cuda.is_available():
        has_it = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        abilities = torch.cpu.get_capabilities()
        has_it = bool(abilities.get("avx512_bf16") or abilities.get("amx_bf16"))
    return torch.bfloat16 if has_it else torch.float32


def _most_tokens(model: Any) -> int:
    """What the decoder has places for, less the token that starts a line."""
    return int(model.config.decoder.max_position_embeddings) - 1
