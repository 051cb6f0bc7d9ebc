"""The engine: lines are found, cut out, read, split into words, and each word is told how probably it is right."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from ocr_pipeline.documents.model import Line, Word
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.recognition.line_reader import LineReader, LineReading
from ocr_pipeline.recognition.ppocr.crops import LineCrop, cut_out
from ocr_pipeline.recognition.ppocr.ctc import Character
from ocr_pipeline.recognition.ppocr.detection import LineDetector
from ocr_pipeline.recognition.ppocr.judgement import Judgement, word_features
from ocr_pipeline.recognition.ppocr.recognizer import LineRecognizer
from ocr_pipeline.recognition.ppocr.words import ReadWord, words_of
from ocr_pipeline.recognition.runtime import Runtime, compile_network
from ocr_pipeline.recognition.second_reading import word_agreement
from ocr_pipeline.recognition.shared_width import share_width

WEIGHTS = Path(str(files("ocr_pipeline.recognition") / "weights"))
DETECTION = Path(str(files("rapidocr") / "models" / "PP-OCRv6_det_small.onnx"))

_NOISE = 0.5
"""Lines whose characters are on average less sure than this are specks and patterns."""
DOUBTFUL = 0.85
"""Printed lines whose characters are on average less sure than this are shown to the second reader."""
_HEIGHT_FOR_OTHERS = 64
"""Pixels: what other readers get to see of a line, from top to bottom."""


@dataclass(frozen=True)
class ReadLine:
    """A line as the recognizer read it."""

    crop: LineCrop
    characters: Sequence[Character]
    words: Sequence[ReadWord]
    is_handwritten: bool

    @property
    def confidence(self) -> float:
        """Mean of the characters', as the network has it."""
        return sum(character.confidence for character in self.characters) / len(self.characters)


class PpOcrEngine:
    """`second` reads again what the engine is unsure of; where there is a reader of `handwriting`, it reads that."""

    name = "ppocr"

    def __init__(
        self, runtime: Runtime, second: LineReader | None = None, handwriting: LineReader | None = None
    ) -> None:
        self.detector = LineDetector(compile_network(DETECTION, runtime))
        alphabet = (WEIGHTS / "ppocr_latin.txt").read_text(encoding="utf-8")
        self.recognizer = LineRecognizer(compile_network(WEIGHTS / "ppocr_latin.onnx", runtime), list(alphabet))
        self._judgement = Judgement.load(WEIGHTS / "ppocr_latin.json")
        self._second = second
        self._handwriting = handwriting

    def read(self, pixels: Pixels) -> list[Line]:
        printed = self.read_lines(pixels)
        found = []
        if self._handwriting is not None:
            by_hand = [line for line in printed if line.is_handwritten]
            printed = [line for line in printed if not line.is_handwritten]
            readings = self._handwriting.read_lines(_pictures(pixels, by_hand))
            found = [
                _by_hand(line, reading) if reading.text.strip() else self._judged(line, [None] * len(line.words))
                for line, reading in zip(by_hand, readings, strict=True)
            ]
        agreements = self.agreements(pixels, printed)
        return found + [self._judged(line, agrees) for line, agrees in zip(printed, agreements, strict=True)]

    def read_lines(self, pixels: Pixels) -> list[ReadLine]:
        """What the recognizer says alone, specks left out."""
        crops = [cut_out(pixels, quad) for quad in self.detector.find(pixels)]
        lines = [
            ReadLine(crop, text.characters, words, self._judgement.is_handwritten(text.features))
            for crop, text in zip(crops, self.recognizer.read(crops), strict=True)
            if (words := words_of(crop, text.characters))
        ]
        return [line for line in lines if line.confidence >= _NOISE]

    def agreements(self, pixels: Pixels, lines: Sequence[ReadLine]) -> list[Sequence[bool | None]]:
        """Whether the second reader agrees, by line and word; None for words that it was not asked about."""
        # Of handwriting the recognizer is surer than it should be.
        doubtful = [self._second is not None and (line.is_handwritten or line.confidence < DOUBTFUL) for line in lines]
        pictures = _pictures(pixels, [line for line, is_doubtful in zip(lines, doubtful, strict=True) if is_doubtful])
        readings = iter(self._second.read_lines(pictures) if self._second and pictures else ())
        return [
            word_agreement([word.text for word in line.words], next(readings).text)
            if is_doubtful
            else [None] * len(line.words)
            for line, is_doubtful in zip(lines, doubtful, strict=True)
        ]

    def _judged(self, line: ReadLine, agreement: Sequence[bool | None]) -> Line:
        """The recognizer's words, each with the probability that it is right."""
        right = self._judgement.word_is_right.probability
        words = [
            Word(
                text=word.text, box=word.box, confidence=right(word_features(word.characters, line.characters, agrees))
            )
            for word, agrees in zip(line.words, agreement, strict=True)
        ]
        return Line(words=tuple(words), handwritten=line.is_handwritten)


def _pictures(pixels: Pixels, lines: Sequence[ReadLine]) -> list[Pixels]:
    """The lines as other readers want them."""
    return [cut_out(pixels, line.crop.corners, _HEIGHT_FOR_OTHERS).pixels for line in lines]


def _by_hand(line: ReadLine, reading: LineReading) -> Line:
    """A reading that does not say where words stand; its confidence is taken as it is."""
    words = [
        Word(text=text, box=line.crop.box(start, 0.0, end, 1.0), confidence=reading.confidence)
        for text, start, end in share_width(reading.text)
    ]
    return Line(words=tuple(words), handwritten=True)
