"""The labelled documents of a folder, and their pages as pictures."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ocr_pipeline.settings import Settings, get_settings

if TYPE_CHECKING:
    from ocr_pipeline.documents.page_image import PageImage


@dataclass(frozen=True)
class Document:
    """A file that intake accepts; `id` is the one of its line in ``truth.jsonl``."""

    id: str
    path: Path
    media_type: str
    pages: int


@dataclass(frozen=True)
class Labelled:
    documents: list[Document]
    truths: list[dict[str, Any]]
    """Of these documents."""
    refused: dict[str, str]
    """By file name, why intake refuses the others."""

    @property
    def pages(self) -> int:
        return sum(document.pages for document in self.documents)


def labelled(folder: Path, limit: int | None = None) -> Labelled:
    """The first `limit` documents of the folder. Raises typer.BadParameter where there is none to read."""
    from ocr_pipeline.documents.intake import Limits, read_raw
    from ocr_pipeline.documents.model import Rejection
    from ocr_pipeline.evaluation.run import load_truth

    if not (folder / "truth.jsonl").is_file():
        raise typer.BadParameter(f"{folder} has no truth.jsonl")
    found = Labelled([], [], {})
    for truth in load_truth(folder)[:limit]:
        path = folder / truth["file"]
        raw = read_raw(path.read_bytes(), path.name, Limits.of(get_settings()))
        if isinstance(raw, Rejection):
            found.refused[truth["file"]] = raw.message
        else:
            found.documents.append(Document(truth["id"], path, raw.media_type, raw.page_count))
            found.truths.append(truth)
    if not found.documents:
        raise typer.BadParameter(f"{folder} has no document that can be read")
    return found


def page_images(documents: Iterable[Document], settings: Settings) -> Iterator[tuple[str, "PageImage"]]:
    """Each page in turn, with its document's id; one is held at a time. Raises UnreadableDocument."""
    from ocr_pipeline.documents.decode import pages

    for document in documents:
        for page in pages(document.path.read_bytes(), document.media_type, settings.pdf_dpi):
            yield document.id, page
