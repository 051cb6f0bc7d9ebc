"""Pages drawn for tests, with where the ink of each word lies."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr_pipeline.documents.model import Box, Word
from ocr_pipeline.documents.page_image import Pixels


@dataclass(frozen=True)
class Drawn:
    pixels: Pixels
    ink: dict[str, Box]
    """By word; boxes hug the ink."""

    def assert_boxes_cover_the_ink(self, words: list[Word], tolerance: float) -> None:
        """Each word was read as it was drawn, and its box is at most `tolerance` pixels off the ink's, in the page."""
        height, width = self.pixels.shape[:2]
        assert sorted(word.text for word in words) == sorted(self.ink)
        for word in words:
            x0, y0, x1, y1 = word.box
            assert 0 <= x0 < x1 <= width, word
            assert 0 <= y0 < y1 <= height, word
            assert np.abs(np.subtract(word.box, self.ink[word.text])).max() <= tolerance, (word, self.ink[word.text])


def drawn(width: int, height: int, *texts: tuple[int, int, str], size: int = 40, angle: float = 0.0) -> Drawn:
    """Texts of different words at their (x, y), then the page turned clockwise by `angle` degrees about its middle."""
    font = ImageFont.load_default(size)
    paper = Image.new("L", (width, height), "white")
    ink = {}
    for x, y, text in texts:
        words = text.split(" ")
        for number, word in enumerate(words):
            before = " ".join([*words[:number], ""]) if number else ""
            alone = Image.new("L", (width, height), "white")
            for sheet in (paper, alone):
                ImageDraw.Draw(sheet).text((x + font.getlength(before), y), word, fill="black", font=font)
            ink[word] = _ink_box(_turned(alone, angle))
    return Drawn(_pixels(_turned(paper, angle)), ink)


def letter(width: int = 800, height: int = 1000, angle: float = 0.0) -> Pixels:
    """A page full of lines of text."""
    lines = [
        (width // 10, y, "Dear Sir or Madam, the goods came late and wet")
        for y in range(height // 10, height * 9 // 10, width // 13)
    ]
    font = ImageFont.load_default(width // 30)
    paper = Image.new("L", (width, height), "white")
    for x, y, text in lines:
        ImageDraw.Draw(paper).text((x, y), text, fill="black", font=font)
    return _pixels(_turned(paper, angle))


def _turned(paper: Image.Image, angle: float) -> Image.Image:
    return paper.rotate(-angle, Image.Resampling.BICUBIC, fillcolor="white")


def _pixels(paper: Image.Image) -> Pixels:
    return np.ascontiguousarray(np.asarray(paper.convert("RGB"), np.uint8))


def _ink_box(paper: Image.Image) -> Box:
    y, x = np.nonzero(np.asarray(paper) < 128)
    return Box(float(x.min()), float(y.min()), float(x.max() + 1), float(y.max() + 1))
