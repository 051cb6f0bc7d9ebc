"""The one interface of all recognition engines, and the way to get one."""

import os
from functools import lru_cache
from typing import Literal, Protocol

from ocr_pipeline.documents.model import Line
from ocr_pipeline.documents.page_image import Pixels

EngineName = Literal["rapidocr", "easyocr"]


class RecognitionEngine(Protocol):
    """Reads the text in a picture. One engine is used by one thread at a time."""

    @property
    def name(self) -> str: ...

    def read(self, pixels: Pixels) -> list[Line]:
        """Lines in any order; boxes in pixels of the picture given."""
        ...


@lru_cache(maxsize=2)
def load_engine(name: EngineName, threads: int = 0) -> RecognitionEngine:
    """The engine of that name, loaded once a process; `threads` 0 means all cores.

    Engines are imported here so that a process that never reads a page never pays for them.
    """
    threads = threads or os.cpu_count() or 1
    if name == "easyocr":
        from ocr_pipeline.recognition.easyocr_engine import EasyOcrEngine

        return EasyOcrEngine(threads)
    from ocr_pipeline.recognition.rapidocr_engine import RapidOcrEngine

    return RapidOcrEngine(threads)
