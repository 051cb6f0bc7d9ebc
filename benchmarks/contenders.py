"""Who is measured."""

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from importlib.util import find_spec

from benchmarks import peers
from benchmarks.documents import Document
from benchmarks.measure import Measured, measure_peer, measure_pipeline


class Name(StrEnum):
    EASYOCR = "easyocr"
    TESSERACT = "tesseract"
    RAPIDOCR = "rapidocr"
    PIPELINE_1_CORE = "pipeline-1-core"
    PIPELINE_ALL_CORES = "pipeline-all-cores"

    @property
    def is_ours(self) -> bool:
        return self in {Name.PIPELINE_1_CORE, Name.PIPELINE_ALL_CORES}


BASELINE = Name.EASYOCR
"""The one that the others' speed is compared with."""


@dataclass(frozen=True)
class Contender:
    title: str
    work: Callable[[list[Document]], Iterator[int | Measured]]
    cpus: Collection[int]
    modules: tuple[str, ...] = ()
    """What must be installed, beside the pipeline itself."""

    @property
    def missing(self) -> list[str]:
        """The modules that are not installed."""
        return [name for name in self.modules if find_spec(name) is None]


_ALL_CORES = frozenset(os.sched_getaffinity(0))
_ONE_CORE = frozenset({max(_ALL_CORES)})

CONTENDERS: dict[Name, Contender] = {
    Name.EASYOCR: Contender(
        "EasyOCR as it comes", partial(measure_peer, peers.easyocr), _ALL_CORES, ("easyocr", "easyocr_en_models")
    ),
    Name.TESSERACT: Contender(
        "Tesseract --psm 4", partial(measure_peer, peers.tesseract), _ALL_CORES, ("tesserocr", "tessdata")
    ),
    Name.RAPIDOCR: Contender(
        "RapidOCR as it comes", partial(measure_peer, peers.rapidocr), _ALL_CORES, ("rapidocr", "onnxruntime")
    ),
    Name.PIPELINE_1_CORE: Contender("this pipeline, 1 core", measure_pipeline, _ONE_CORE),
    Name.PIPELINE_ALL_CORES: Contender(f"this pipeline, {len(_ALL_CORES)} cores", measure_pipeline, _ALL_CORES),
}
