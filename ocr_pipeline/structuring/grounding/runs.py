"""Runs of words that may belong together: side by side in one cell, on into the next cell, or down a column.

Pages are levelled first; only then a column goes straight down.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from ocr_pipeline.documents.model import Box, DocumentText
from ocr_pipeline.structuring.grounding.keys import Key, differences, key_of
from ocr_pipeline.structuring.layout import Run, rows_of
from ocr_pipeline.structuring.level_pages import levelled

_ROWS_BELOW = 3
"""A value goes on at most so many rows below: telephone and registration numbers may stand between."""
_MOST_CELLS = 12
_MOST_STEPS = 4000
"""From cell to cell, in search of one value. Only a page that is full of the same few characters has more to try."""


@dataclass(frozen=True, eq=False)
class Cell:
    """Words side by side, numbered as in the whole document; `row` and `place` in it count from 0."""

    run: Run
    """On the level page."""
    words: tuple[int, ...]
    row: int
    place: int

    @cached_property
    def key(self) -> Key:
        return key_of(tuple(word.text for word in self.run.words), fold=False)

    @cached_property
    def folded_key(self) -> Key:
        return key_of(tuple(word.text for word in self.run.words), fold=True)


@dataclass(frozen=True)
class Spelled:
    """Words, one after the other, whose characters are those of a value."""

    words: tuple[int, ...]
    look_alikes: int
    is_part: bool
    """The value begins or ends inside a word."""
    rows: int
    """How many rows it spans, less one."""


@dataclass(frozen=True)
class _Beginning:
    """So many of a value's characters as `cells` have, but for the last of these, which is still to be compared."""

    cells: tuple[Cell, ...]
    box: Box
    start: int
    """In the last cell."""
    read: int = 0
    words: tuple[int, ...] = ()
    look_alikes: int = 0
    is_part: bool = False


class Sheet:
    """The rows of a document, each of one or several cells."""

    def __init__(self, rows: Iterable[Sequence[Run]], numbers: dict[int, int]) -> None:
        """`numbers` are those of the words, by identity."""
        self.rows = [
            [Cell(run, tuple(numbers[id(word)] for word in run.words), row, place) for place, run in enumerate(runs)]
            for row, runs in enumerate(rows)
        ]

    @cached_property
    def texts(self) -> list[tuple[tuple[int, ...], str]]:
        """Of every row its words and its text."""
        return [
            (tuple(word for cell in row for word in cell.words), " ".join(cell.run.text for cell in row))
            for row in self.rows
        ]

    def spelled(self, value: str, fold: bool) -> Iterator[Spelled]:
        """The places where the characters of `value` stand; with `fold` look-alikes may stand for them."""
        wanted = key_of(tuple(value.split()), fold)
        if not wanted.characters:
            return
        steps = iter(range(_MOST_STEPS))
        for cell in chain.from_iterable(self.rows):
            key = cell.folded_key if fold else cell.key
            for start in key.cuts:
                beginning = key.characters[start : start + len(wanted.characters)]
                if beginning and wanted.characters.startswith(beginning):
                    found = self._from(cell, start, wanted, fold, steps)
                    if found is not None:
                        yield found

    def _from(self, first: Cell, start: int, wanted: Key, fold: bool, steps: Iterator[int]) -> Spelled | None:
        """The value that begins at `start` in `first`, in as few cells as may be."""
        beginnings = [_Beginning((first,), first.run.box, start)]
        seen: set[tuple[int, int]] = set()
        while beginnings:
            longer: list[_Beginning] = []
            for beginning in beginnings:
                read = _read(beginning, wanted, fold)
                if isinstance(read, Spelled):
                    return read
                if read is None or len(read.cells) == _MOST_CELLS or (id(read.cells[-1]), read.read) in seen:
                    continue
                seen.add((id(read.cells[-1]), read.read))
                longer += (
                    replace(read, cells=(*read.cells, cell), box=Box.around([read.box, cell.run.box]), start=0)
                    for cell, _ in zip(self._following(read), steps, strict=False)
                )
            beginnings = longer
        return None

    def _following(self, beginning: _Beginning) -> Iterator[Cell]:
        """The next cell of the row, and those of the rows below that stand under what was read."""
        last, box = beginning.cells[-1], beginning.box
        yield from self.rows[last.row][last.place + 1 : last.place + 2]
        for row in self.rows[last.row + 1 : last.row + 1 + _ROWS_BELOW]:
            for cell in row:
                if cell.run.page == last.run.page and cell.run.box.x0 < box.x1 and box.x0 < cell.run.box.x1:
                    yield cell


def sheets_of(text: DocumentText) -> tuple[Sheet, Sheet]:
    """The document as it lies on the pages, and line by line as it was recognized. Words are numbered as in `text`."""
    level = levelled(text)
    numbers = {id(word): number for number, word in enumerate(level.words)}
    lines = ([Run(page.number, line.words)] for page in level.pages for line in page.lines)
    return Sheet((row.cells for row in rows_of(level)), numbers), Sheet(lines, numbers)


def _read(beginning: _Beginning, wanted: Key, fold: bool) -> _Beginning | Spelled | None:
    """With the last cell compared: longer, complete, or None where that cell says something else."""
    cell, start = beginning.cells[-1], beginning.start
    key = cell.folded_key if fold else cell.key
    length = min(len(key.characters) - start, len(wanted.characters) - beginning.read)
    end, read = start + length, beginning.read + length
    if not length or key.characters[start:end] != wanted.characters[beginning.read : read]:
        return None
    first_word, last_word = key.words[start], key.words[end - 1]
    words = (*beginning.words, *cell.words[first_word : last_word + 1])
    wrong = beginning.look_alikes + differences(key.origins[start:end], wanted.origins[beginning.read : read])
    is_part = beginning.is_part or (start > 0 and key.words[start - 1] == first_word)
    if read < len(wanted.characters):
        return replace(beginning, read=read, words=words, look_alikes=wrong, is_part=is_part)
    if end not in key.cuts:
        return None
    is_part = is_part or (end < len(key.words) and key.words[end] == last_word)
    return Spelled(words, wrong, is_part, rows=cell.row - beginning.cells[0].row)
