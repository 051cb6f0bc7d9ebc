"""RapidOCR: PP-OCRv6 detection and recognition, run by OpenVINO."""

import unicodedata
from collections.abc import Iterator
from typing import cast

import numpy as np
from rapidocr import EngineType, RapidOCR
from rapidocr.utils.output import RapidOCROutput

from ocr_pipeline.documents.model import Box, Line, Word
from ocr_pipeline.documents.page_image import Pixels

Character = tuple[str, float, list[list[int]] | None]
"""A character, its confidence and its four corners, in pixels of the picture."""

# The recognizer was trained on Chinese text as well and likes its wide punctuation, which includes the space
# that follows: "ID" + FULLWIDTH COLON + "000349" is "ID: 000349".
_WIDE_PUNCTUATION = {
    "\N{FULLWIDTH COLON}": ": ",
    "\N{FULLWIDTH COMMA}": ", ",
    "\N{FULLWIDTH SEMICOLON}": "; ",
    "\N{FULLWIDTH EXCLAMATION MARK}": "! ",
    "\N{FULLWIDTH QUESTION MARK}": "? ",
    "\N{FULLWIDTH LEFT PARENTHESIS}": " (",
    "\N{FULLWIDTH RIGHT PARENTHESIS}": ") ",
    "\N{IDEOGRAPHIC FULL STOP}": ". ",
}


class RapidOcrEngine:
    name = "rapidocr"

    def __init__(self, threads: int) -> None:
        self._reader = RapidOCR(
            params={
                "Det.engine_type": EngineType.OPENVINO,
                "Rec.engine_type": EngineType.OPENVINO,
                "EngineConfig.openvino.inference_num_threads": threads,
                "Global.log_level": "error",
                # Costs a tenth of the time and turned no line of the development receipts the right way round.
                "Global.use_cls": False,
                "Global.max_side_len": 4000,  # the normalized page has the right size already
                "Global.return_word_box": True,
                "Global.return_single_char_box": True,
            }
        )

    def read(self, pixels: Pixels) -> list[Line]:
        found = self._reader(pixels)
        if not isinstance(found, RapidOCROutput) or found.txts is None or found.boxes is None:
            return []
        lines = []
        for text, corners, characters in zip(found.txts, found.boxes, found.word_results, strict=True):
            words = tuple(_words(text, cast("tuple[Character, ...]", characters), corners))
            if words:
                lines.append(Line(words=words))
        return lines


def _words(text: str, characters: tuple[Character, ...], corners: np.ndarray) -> Iterator[Word]:
    """The line split at its spaces; `characters` are those that are no spaces."""
    line_top, line_bottom = float(corners[:, 1].min()), float(corners[:, 1].max())
    cells = iter(characters)
    word: list[Character] = []
    for character in text:
        plain = _WIDE_PUNCTUATION.get(character) or unicodedata.normalize("NFKC", character)
        cell = None if character.isspace() else next(cells, None)
        before, after = plain.startswith(" "), plain.endswith(" ")
        if (before or cell is None) and word:
            yield _word(word, line_top, line_bottom)
            word = []
        if cell is not None:
            word.append((plain.strip(), cell[1], cell[2]))
        if after and word:
            yield _word(word, line_top, line_bottom)
            word = []
    if word:
        yield _word(word, line_top, line_bottom)


def _word(characters: list[Character], line_top: float, line_bottom: float) -> Word:
    x = [point[0] for _, _, corners in characters for point in corners or ()]
    y = [point[1] for _, _, corners in characters for point in corners or ()]
    return Word(
        text="".join(text for text, _, _ in characters),
        box=Box(min(x), max(min(y), line_top), max(x), min(max(y), line_bottom)),
        confidence=min(1.0, float(np.mean([confidence for _, confidence, _ in characters]))),
    )
