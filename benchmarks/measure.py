"""The clock: one contender reads all pages once. Runs in a process of its own.

Both functions first read a page that is not counted. They yield the number of pages read so far now and then, and
`Measured` at the end. Decoding is never counted.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Self

from benchmarks.documents import Document, page_images
from benchmarks.isolation import peak_resident_bytes
from benchmarks.peers import Peer, releases
from benchmarks.stopwatch import Stopwatch
from ocr_pipeline.settings import get_settings

if TYPE_CHECKING:
    from ocr_pipeline.documents.model import NormalizedPageInfo
    from ocr_pipeline.documents.page_image import NormalizedPage, PageImage

_PAGES_A_CORE = 32
"""Normalized before they are read. Not few, for at the end of each portion cores stand idle."""


@dataclass(frozen=True)
class Measured:
    lines: dict[str, list[str]]
    """Text lines by document id."""
    pages: int
    seconds: float
    """On the wall clock, for the recognition of all pages."""
    normalization_seconds: float | None
    """The same for normalization, one page at a time; None where there is no such step."""
    load_seconds: float
    peak_resident_bytes: int
    """Of the process, loading and decoding included."""
    versions: dict[str, str]


def measure_peer(load: Callable[[], Peer], documents: list[Document]) -> Iterator[int | Measured]:
    """The engine reads the original page pixels, one page at a time, with as many threads as it takes by itself."""
    settings = get_settings()
    loading, reading = Stopwatch(), Stopwatch()
    with loading:
        peer = load()
    _, first = next(page_images(documents, settings))
    peer.read(first.pixels)
    lines: dict[str, list[str]] = {document.id: [] for document in documents}
    pages = 0
    for document_id, page in page_images(documents, settings):
        with reading:
            lines[document_id] += peer.read(page.pixels)
        pages += 1
        yield pages
    yield Measured(lines, pages, reading.seconds, None, loading.seconds, peak_resident_bytes(), peer.versions)


def measure_pipeline(documents: list[Document]) -> Iterator[int | Measured]:
    """The recognition stage reads normalized pages, as many at a time as this process has cores."""
    cores = len(os.sched_getaffinity(0))
    os.environ["OCR_THREADS"] = str(cores)
    settings = get_settings()
    loading, normalizing, reading = Stopwatch(), Stopwatch(), Stopwatch()
    with loading:
        from ocr_pipeline.imaging.normalize import normalize
        from ocr_pipeline.pipeline import recognition_engine
        from ocr_pipeline.recognition.stage import recognize

        engine = recognition_engine(settings)

    def read(held: _HeldPage) -> list[str]:
        return [line.text for line in recognize(held.load(), engine).lines]

    def normalized(images: "Iterable[tuple[str, PageImage]]", folder: Path) -> Iterator[_HeldPage]:
        for index, (document_id, image) in enumerate(images):
            with normalizing:
                page = normalize(image)
            yield _HeldPage.save(document_id, page, folder / f"{index}.npy")

    lines: dict[str, list[str]] = {document.id: [] for document in documents}
    pages = 0
    with ThreadPoolExecutor(cores) as pool, tempfile.TemporaryDirectory() as folder:
        warm_up = list(normalized(islice(page_images(documents, settings), 1), Path(folder)))
        list(pool.map(read, warm_up * cores))
        normalizing.seconds = 0.0
        images = page_images(documents, settings)
        while portion := list(normalized(islice(images, _PAGES_A_CORE * cores), Path(folder))):
            with reading:
                for page, found in zip(portion, pool.map(read, portion), strict=True):
                    lines[page.document_id] += found
                    pages += 1
                    yield pages
    versions = {"engine": engine.name} | releases("ocr-pipeline", "openvino", "onnxruntime")
    seconds = (reading.seconds, normalizing.seconds, loading.seconds)
    yield Measured(lines, pages, *seconds, peak_resident_bytes(), versions)


@dataclass(frozen=True)
class _HeldPage:
    """A normalized page on disk, where it does not count as the engine's memory; loading it takes a millisecond."""

    document_id: str
    info: "NormalizedPageInfo"
    path: Path

    @classmethod
    def save(cls, document_id: str, page: "NormalizedPage", path: Path) -> Self:
        import numpy as np

        np.save(path, page.pixels)
        return cls(document_id, page.info, path)

    def load(self) -> "NormalizedPage":
        import numpy as np

        from ocr_pipeline.documents.page_image import NormalizedPage

        return NormalizedPage(self.info, np.load(self.path))
