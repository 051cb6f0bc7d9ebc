"""Lines of labelled pages, found and cut out as the product does it."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from pydantic import BaseModel, ValidationError, model_validator

from ocr_pipeline.documents.page_image import NormalizedPage, PageImage, Pixels
from ocr_pipeline.imaging import files
from ocr_pipeline.imaging.normalize import normalize
from ocr_pipeline.recognition.ppocr.crops import LineCrop, cut_out
from ocr_pipeline.recognition.ppocr.detection import LineDetector, Quads
from ocr_pipeline.recognition.ppocr.recognizer import LineRecognizer
from ocr_pipeline.recognition.runtime import Floats
from training.errors import TrainingError
from training.matching import match
from training.transcripts import is_plausible, with_case

_log = logging.getLogger(__name__)

_MARGIN = 0.3
"""Heights of a line that are kept around it, so that it can be cut out a little differently each time."""
_SPARE = 0.12
"""Heights of a line added around boxes that people drew: theirs are tighter than the detector's."""
_SMALLEST = 6
"""Pixels: labelled boxes that are smaller are slips."""
_LOGGED_PAGES = 25
"""Between two lines of the log."""


@dataclass(frozen=True)
class Collection:
    """A folder of labelled pages: ``truth.jsonl`` and the pictures that it names."""

    name: str
    """The folder's."""
    is_upper_case: bool = False
    """The transcripts are, whatever the print: letters take the case that the stock reader saw."""
    is_print: bool = False
    """The stock reader reads it well, and tells implausible transcripts."""
    marks: str = ""
    """Characters by which transcribers say something about the text."""


@dataclass(frozen=True)
class LabelledLine:
    """A line and its text."""

    pixels: Pixels
    """(h, w, 3), BGR: the line's neighbourhood."""
    quad: Floats
    """(4, 2): the line's corners in `pixels`, clockwise from its top left."""
    text: str
    kinds: frozenset[str] = frozenset()
    """What the labels call it, such as ``Print``, ``Typewritten`` or ``Handwritten``."""
    is_found: bool = True
    """By the detector; else its box is the labels' own."""
    is_held_out: bool = False
    """Not to be learned from: it is of a company whose documents others measure with."""

    def crop(self) -> LineCrop:
        return cut_out(self.pixels, self.quad)


class Truth(BaseModel):
    """One line of ``truth.jsonl``; `boxes` are left, top, right and bottom in pixels of the file."""

    id: str
    file: Path
    text_lines: list[str]
    boxes: list[tuple[float, float, float, float]]
    line_types: list[str | None] | None = None
    notes: str = ""

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if not len(self.text_lines) == len(self.boxes) == len(self.line_types or self.boxes):
            raise ValueError(f"{self.id} has not one box, and one type, a line")
        return self

    @property
    def is_held_out(self) -> bool:
        return "same company as a dev receipt" in self.notes


class PageCutter:
    """Cuts pages into lines; `stock` is the recognizer before training."""

    def __init__(self, detector: LineDetector, stock: LineRecognizer) -> None:
        self._detector = detector
        self._stock = stock

    def lines(self, data: Path, collection: Collection) -> list[LabelledLine]:
        """Raises `TrainingError` where the collection is not in the folder `data` or cannot be used."""
        lines: list[LabelledLine] = []
        for page, truth in labelled_pages(data, collection):
            lines += self._of_page(page, truth, collection)
        _log.info("%s: %d lines", collection.name, len(lines))
        return lines

    def _of_page(self, page: NormalizedPage, truth: Truth, collection: Collection) -> list[LabelledLine]:
        cut = list(_cut(page, truth, self._detector.find(page.pixels)))
        texts = self._stock.read([line.crop() for line in cut])
        kept = []
        for line, read in zip(cut, texts, strict=True):
            seen = "".join(character.text for character in read.characters)
            confidence = float(np.mean([character.confidence for character in read.characters] or [0.0]))
            text = line.text.translate(str.maketrans("", "", collection.marks))
            if collection.is_print and not is_plausible(text, seen, confidence):
                continue
            kept.append(replace(line, text=with_case(text, seen) if collection.is_upper_case else text))
        return kept


def labelled_pages(data: Path, collection: Collection) -> Iterator[tuple[NormalizedPage, Truth]]:
    """Raises `TrainingError` where the collection is not in the folder `data` or cannot be used."""
    folder = data / collection.name
    truths = _truths(folder)
    for number, truth in enumerate(truths, start=1):
        yield _page(folder / truth.file), truth
        if number % _LOGGED_PAGES == 0 or number == len(truths):
            _log.info("%s: %d of %d pages", collection.name, number, len(truths))


def _truths(folder: Path) -> list[Truth]:
    file = folder / "truth.jsonl"
    if not file.is_file():
        raise TrainingError(
            f"There is no {file}. docs/recognizer.md says which documents are needed, and how labelled."
        )
    try:
        truths = [Truth.model_validate_json(row) for row in file.read_text(encoding="utf-8").splitlines() if row]
    except ValidationError as error:
        raise TrainingError(f"{file} is not labelled as docs/recognizer.md describes: {error}") from error
    if not truths:
        raise TrainingError(f"{file} names no document.")
    return truths


def _page(file: Path) -> NormalizedPage:
    """As the product sees it, the detour over a stored file included."""
    pixels = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if pixels is None:
        raise TrainingError(f"{file} is missing or is not a picture.")
    page = normalize(PageImage(1, np.asarray(pixels, np.uint8)))
    return files.decode(files.encode(page), page.info)


def _cut(page: NormalizedPage, truth: Truth, quads: Quads) -> Iterator[LabelledLine]:
    """The found lines whose text is known, then the labelled ones that are in none of them."""
    labelled = np.array(truth.boxes, np.float64).reshape(-1, 4)
    to_original = np.array(page.info.to_original)
    found = np.array([_box_around(_mapped(quad, to_original)) for quad in quads], np.float64).reshape(-1, 4)
    missed = set(range(len(labelled)))
    for index, inside in match(found, labelled):
        missed.difference_update(inside)
        yield _labelled_line(page.pixels, quads[index], truth, inside, is_found=True)
    from_original = cv2.invertAffineTransform(to_original)
    for line in sorted(missed):
        x0, y0, x1, y1 = labelled[line]
        if min(x1 - x0, y1 - y0) > _SMALLEST:
            spare = _SPARE * (y1 - y0)
            left, top, right, bottom = x0 - spare, y0 - spare, x1 + spare, y1 + spare
            quad = _mapped(np.array([[left, top], [right, top], [right, bottom], [left, bottom]]), from_original)
            yield _labelled_line(page.pixels, quad, truth, [line], is_found=False)


def _mapped(points: Floats, transform: cv2.typing.MatLike) -> Floats:
    """(n, 2) points by a (2, 3) affine map."""
    return np.asarray(points @ transform[:, :2].T + transform[:, 2], np.float32)


def _box_around(quad: Floats) -> list[float]:
    return [*quad.min(axis=0).tolist(), *quad.max(axis=0).tolist()]


def _labelled_line(page: Pixels, quad: Floats, truth: Truth, inside: Sequence[int], *, is_found: bool) -> LabelledLine:
    pixels, origin = _neighbourhood(page, quad)
    return LabelledLine(
        pixels,
        (quad - origin).astype(np.float32),
        " ".join(truth.text_lines[line] for line in inside),
        frozenset((truth.line_types[line] or "").rpartition(":")[2] for line in inside)
        if truth.line_types
        else frozenset(),
        is_found=is_found,
        is_held_out=truth.is_held_out,
    )


def _neighbourhood(page: Pixels, quad: Floats) -> tuple[Pixels, tuple[int, int]]:
    """The page around the line, and where in the page its top left is."""
    margin = _MARGIN * min(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[3] - quad[0])) + 2
    limits = np.array([page.shape[1], page.shape[0]])
    x0, y0 = np.clip(np.floor(quad.min(axis=0) - margin), 0, limits - 1).astype(int)
    x1, y1 = np.clip(np.ceil(quad.max(axis=0) + margin), (x0 + 1, y0 + 1), limits).astype(int)
    return page[y0:y1, x0:x1], (int(x0), int(y0))
