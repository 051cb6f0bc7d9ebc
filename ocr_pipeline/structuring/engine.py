"""The one interface of all structuring engines, and the way to get one."""

from functools import lru_cache
from typing import Literal, Protocol

from ocr_pipeline.documents.model import DocumentText, Record
from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.settings import Settings

EngineName = Literal["cpu"]

VERSIONS: dict[EngineName, str] = {"cpu": "2"}
"""`StructuringEngine.version` of each engine, for those who decide on stored records without loading an engine."""


class StructuringEngine(Protocol):
    """Finds the fields of documents. `at_once` threads may use one engine."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str:
        """Changes whenever records may come out differently, so that stored ones are made anew."""
        ...

    @property
    def at_once(self) -> int:
        """How many documents it works on together; it gains where it gets so many."""
        ...

    def structure(self, text: DocumentText, kind: DocumentKind) -> Record:
        """The record of a document of this kind; one without text has a record without fields."""
        ...


def engine_name(settings: Settings) -> EngineName:
    """The engine that the settings ask for; for ``auto`` the best that this machine has all parts of."""
    return "cpu"


@lru_cache(maxsize=2)
def load_engine(settings: Settings) -> StructuringEngine:
    """The engine that the settings ask for, made once a process.

    Engines are imported here so that a process that never structures a document never pays for them.
    """
    from ocr_pipeline.structuring.cpu_engine import CpuEngine

    return CpuEngine()
