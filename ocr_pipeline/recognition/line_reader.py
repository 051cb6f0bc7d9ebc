"""The one interface of all readers of single lines, and the ways to get one."""

from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import NamedTuple, Protocol

from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.recognition.runtime import Runtime


class LineReading(NamedTuple):
    """What stands in a picture of one line; both are empty, "" and 0.0, where nothing does."""

    text: str
    confidence: float
    """0 to 1, as the network has it: not calibrated."""


class LineReader(Protocol):
    """Reads pictures of single lines. It may be called by several threads at once."""

    @property
    def name(self) -> str: ...

    def read_lines(self, crops: Sequence[Pixels]) -> list[LineReading]:
        """One reading a crop, in their order, whatever stands beside it in `crops`.

        A crop is a (height, width, 3) uint8 picture in BGR, not empty, of one level line.
        """
        ...


_loading = Lock()


def load_easyocr_line_reader(runtime: Runtime) -> LineReader:
    """EasyOCR's recognizer, loaded once a process."""
    with _loading:
        return _easyocr(runtime)


def load_handwriting_reader(model: str) -> LineReader:
    """TrOCR from a folder or of a name on a hub, loaded once a process.

    Raises PipelineError(HANDWRITING_MODEL_UNUSABLE).
    """
    with _loading:
        return _trocr(model)


@lru_cache(maxsize=1)
def _easyocr(runtime: Runtime) -> LineReader:
    from ocr_pipeline.recognition.easyocr_line_reader import EasyOcrLineReader

    return EasyOcrLineReader(runtime)


@lru_cache(maxsize=1)
def _trocr(model: str) -> LineReader:
    from ocr_pipeline.recognition.trocr_reader import TrOcrReader

    return TrOcrReader(model)
