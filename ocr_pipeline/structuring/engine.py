"""The one interface of all structuring engines, and the way to get one."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, Protocol

from ocr_pipeline.documents.model import DocumentText, Record

EngineName = Literal["cpu"]

VERSIONS: dict[EngineName, str] = {"cpu": "2"}
"""`StructuringEngine.version` of each engine, for those who decide on stored records without loading an engine."""


class StructuringEngine(Protocol):
    """Finds the fields of documents. One engine is used by one thread at a time."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str:
        """Changes whenever records may come out differently, so that stored ones are made anew."""
        ...

    def structure(self, documents: Sequence[DocumentText]) -> list[Record]:
        """One record a document, in the order given; a document without text has a record without fields.

        Every value is grounded: its evidence are words of the document. Engines that gain from batches get them here.
        """
        ...


@lru_cache(maxsize=2)
def load_engine(name: EngineName) -> StructuringEngine:
    """The engine of that name, made once a process.

    Engines are imported here so that a process that never structures a document never pays for them.
    """
    if name != "cpu":
        raise ValueError(f"no structuring engine is called {name!r}")
    from ocr_pipeline.structuring.cpu_engine import CpuEngine

    return CpuEngine()
