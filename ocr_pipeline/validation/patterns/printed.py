"""Where a document prints something that is known already: a vendor's usual spelling, the label of an amount."""

from collections.abc import Iterator

from ocr_pipeline.documents.model import Box, DocumentText, Evidence, Page, Word
from ocr_pipeline.validation.patterns.spelling import squash

_LEVEL = 20
"""Degrees; on pages that lie turned by more, left of something does not mean left of its box."""


def find_printed(text: DocumentText, value: str) -> Evidence | None:
    """The words, in reading order and over lines, whose letters and digits are those of `value`."""
    wanted = squash(value)
    for page in text.pages:
        words = [(word, squash(word.text)) for line in page.lines for word in line.words]
        for start, (_, first) in enumerate(words):
            if first and wanted.startswith(first) and (found := _run(words[start:], wanted)):
                boxes = [word.box for word in found]
                return Evidence(page=page.number, box=Box.around(boxes), words=tuple(word.text for word in found))
    return None


def label_of(text: DocumentText, evidence: Evidence) -> str | None:
    """The letters left of a value in its row, else those right above it; None where neither stands there."""
    box, page = evidence.box, next((page for page in text.pages if page.number == evidence.page), None)
    if box is None or page is None or abs(page.angle) > _LEVEL:
        return None
    left = [word for word in _words(page) if box.y0 <= word.box.center_y <= box.y1 and word.box.x1 <= box.x0]
    label = _letters(sorted(left, key=lambda word: word.box.x0))
    if label:
        return label
    above = [
        word
        for word in _words(page)
        if 0 < box.y0 - word.box.center_y <= 2 * box.height and word.box.x0 < box.x1 and box.x0 < word.box.x1
    ]
    return _letters(sorted(above, key=lambda word: word.box.x0)) or None


def _run(words: list[tuple[Word, str]], wanted: str) -> list[Word]:
    """The words from the first on that make `wanted` together; none where they do not."""
    found, read = [], ""
    for word, squashed in words:
        found.append(word)
        read += squashed
        if read == wanted:
            return found
        if not wanted.startswith(read):
            break
    return []


def _words(page: Page) -> Iterator[Word]:
    for line in page.lines:
        yield from line.words


def _letters(words: list[Word]) -> str:
    return "".join(character for word in words for character in word.text.upper() if character.isalpha())
