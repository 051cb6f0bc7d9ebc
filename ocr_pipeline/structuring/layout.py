"""Words of a page as a person sees them: rows, and inside a row the cells that stand apart.

All measures are original page pixels. A page that lies slightly askew is levelled first (for finding rows only;
boxes stay as they are), so that a price stays in the row of what it is the price of.
"""

from dataclasses import dataclass
from functools import cached_property
from statistics import median

from ocr_pipeline.documents.model import Box, DocumentText, Evidence, Field, Page, Word

_CELL_GAP = 1.5
"""Words of one row farther apart than this many line heights stand in different cells."""


@dataclass(frozen=True)
class Run:
    """Words read one after the other on one page, and the text that they make, joined by single spaces."""

    page: int
    words: tuple[Word, ...]

    @cached_property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @cached_property
    def box(self) -> Box:
        return Box.around([word.box for word in self.words])

    @cached_property
    def height(self) -> float:
        """The usual height of its words."""
        return median(word.box.height for word in self.words)

    def part(self, start: int, end: int) -> "Run":
        """The words that the characters from `start` to before `end` of `text` belong to (at least one)."""
        found, position = [], 0
        for word in self.words:
            if position < end and position + len(word.text) > start:
                found.append(word)
            position += len(word.text) + 1
        return Run(self.page, tuple(found))

    def field(self, value: str, confidence: float) -> Field:
        """`value` as read from these words; how well they were recognized lowers `confidence`."""
        letters = sum(len(word.text) for word in self.words)
        recognized = sum(word.confidence * len(word.text) for word in self.words) / letters
        return Field(
            value=value, confidence=round(max(0.0, min(1.0, confidence * recognized)), 4), evidence=self.evidence()
        )

    def evidence(self) -> Evidence:
        return Evidence(page=self.page, box=self.box, words=tuple(word.text for word in self.words))


@dataclass(frozen=True)
class Row:
    """What stands side by side on one page; `index` counts the rows of the whole document from 0."""

    index: int
    cells: tuple[Run, ...]

    @cached_property
    def run(self) -> Run:
        return join(self.cells)

    @property
    def text(self) -> str:
        return self.run.text

    @property
    def page(self) -> int:
        return self.cells[0].page


def join(runs: tuple[Run, ...] | list[Run]) -> Run:
    """All words of `runs`, which are of one page."""
    return Run(runs[0].page, tuple(word for run in runs for word in run.words))


def rows_of(document: DocumentText) -> list[Row]:
    """All rows from the first page's top to the last page's bottom."""
    rows: list[Row] = []
    for page in document.pages:
        rows += [Row(len(rows) + n, cells) for n, cells in enumerate(_rows(page))]
    return rows


def _rows(page: Page) -> list[tuple[Run, ...]]:
    slope = _slope(page)
    lines = sorted(
        ((line.box.center_y - slope * (line.box.x0 + line.box.x1) / 2, line) for line in page.lines),
        key=lambda pair: pair[0],
    )
    groups: list[tuple[list[float], list[float], list[Word]]] = []  # middles, heights, words
    for middle, line in lines:
        height = min(word.box.height for word in line.words)
        if groups:
            middles, heights, words = groups[-1]
            if abs(middle - sum(middles) / len(middles)) < min(height, *heights) / 2:
                middles.append(middle)
                heights.append(height)
                words.extend(line.words)
                continue
        groups.append(([middle], [height], list(line.words)))
    return [_cells(page.number, words) for _, _, words in groups]


def _cells(page: int, words: list[Word]) -> tuple[Run, ...]:
    words.sort(key=lambda word: word.box.x0)
    height = median(word.box.height for word in words)
    cells: list[list[Word]] = []
    for word in words:
        if cells and word.box.x0 - cells[-1][-1].box.x1 < _CELL_GAP * height:
            cells[-1].append(word)
        else:
            cells.append([word])
    return tuple(Run(page, tuple(cell)) for cell in cells)


def _slope(page: Page) -> float:
    """How far lines run down for every pixel to the right, from the lines long enough to tell."""
    slopes = [
        (last.center_y - first.center_y) / (last.x0 - first.x0)
        for line in page.lines
        for first, last in [(line.words[0].box, line.words[-1].box)]
        if last.x0 - first.x0 > 5 * line.box.height
    ]
    return median(slopes) if len(slopes) >= 3 else 0.0
