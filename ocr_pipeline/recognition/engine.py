"""The one interface of all recognition engines, and the way to get one."""

from functools import lru_cache
from threading import Lock
from typing import Literal, Protocol

from ocr_pipeline.cores import limit_libraries
from ocr_pipeline.documents.model import Line
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.recognition.line_reader import load_easyocr_line_reader, load_handwriting_reader
from ocr_pipeline.recognition.runtime import Runtime, fastest_runtime

EngineName = Literal["ppocr", "easyocr"]


class RecognitionEngine(Protocol):
    """Reads the text in a picture. Several threads may use one engine at once."""

    @property
    def name(self) -> str: ...

    def read(self, pixels: Pixels) -> list[Line]:
        """Lines in any order; boxes in pixels of the picture given."""
        ...


_loading = Lock()


def load_engine(
    name: EngineName,
    *,
    runtime: Runtime | Literal["auto"] = "auto",
    second_reader: bool = True,
    handwriting_model: str = "",
) -> RecognitionEngine:
    """The engine of that name, loaded once a process.

    `second_reader` and `handwriting_model` (a folder, or a name on a hub; empty for none) are for the engine `ppocr`.
    Raises PipelineError(HANDWRITING_MODEL_UNUSABLE).
    """
    with _loading:
        return _load(name, fastest_runtime() if runtime == "auto" else runtime, second_reader, handwriting_model)


@lru_cache(maxsize=2)
def _load(name: EngineName, runtime: Runtime, second_reader: bool, handwriting_model: str) -> RecognitionEngine:
    """Engines are imported here so that a process that never reads a page never pays for them."""
    limit_libraries()
    if name == "easyocr":
        from ocr_pipeline.recognition.easyocr_engine import EasyOcrEngine

        return EasyOcrEngine(runtime)
    from ocr_pipeline.recognition.ppocr.engine import PpOcrEngine

    return PpOcrEngine(
        runtime,
        second=load_easyocr_line_reader(runtime) if second_reader else None,
        handwriting=load_handwriting_reader(handwriting_model) if handwriting_model else None,
    )
