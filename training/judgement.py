"""Fits how probably a word is right, and what handwriting looks like; docs/recognition.md shows how well it holds.

python -m training.judgement --data FOLDER --output ocr_pipeline/recognition/weights

Words are those of receipts that the recognizer did not learn from; which are right is told by their transcripts.
"""

import json
import logging
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer
from sklearn.linear_model import LogisticRegression

from ocr_pipeline.recognition.line_reader import load_easyocr_line_reader
from ocr_pipeline.recognition.ppocr.engine import PpOcrEngine
from ocr_pipeline.recognition.ppocr.judgement import word_features
from training.errors import TrainingError
from training.lines import Collection, PageCutter, labelled_pages
from training.mix import LETTERS, RECEIPTS

_log = logging.getLogger(__name__)

_Features = npt.NDArray[np.float64]
_PRINT = frozenset({"Print", "Typewritten"})


def main(
    *,
    data: Annotated[Path, typer.Option(help="Folder with the labelled pages: sroie/ and stanford_letters/.")],
    output: Annotated[Path, typer.Option(help="Folder of the weights.")],
) -> None:
    """Fit the recognizer's judgement."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    engine = PpOcrEngine("openvino", second=load_easyocr_line_reader("openvino"))
    try:
        words, right = _words(engine, data, RECEIPTS)
        lines, handwritten = _lines(engine, data)
    except TrainingError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from error
    _log.info(
        "%d words, %.1f %% right; %d lines, %d by hand", len(words), 100 * right.mean(), len(lines), handwritten.sum()
    )
    fitted = {
        "word_is_right": _fit(words, right, strength=1.0, balanced=False),
        "line_is_handwritten": _fit(lines, handwritten, strength=0.01, balanced=True),
    }
    (output / "ppocr_latin.json").write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")


def _words(engine: PpOcrEngine, data: Path, collection: Collection) -> tuple[_Features, npt.NDArray[np.bool_]]:
    features, right = [], []
    for page, truth in labelled_pages(data, collection):
        if not truth.is_held_out:
            continue
        missing = Counter(word for line in truth.text_lines for word in line.upper().split())
        lines = engine.read_lines(page.pixels)
        for line, agreement in zip(lines, engine.agreements(page.pixels, lines), strict=True):
            for word, agrees in zip(line.words, agreement, strict=True):
                features.append(word_features(word.characters, line.characters, agrees))
                right.append(missing[word.text.upper()] > 0)
                missing[word.text.upper()] -= right[-1]
    return np.array(features), np.array(right)


def _lines(engine: PpOcrEngine, data: Path) -> tuple[_Features, npt.NDArray[np.bool_]]:
    cutter = PageCutter(engine.detector, engine.recognizer)
    letters = [line for line in cutter.lines(data, LETTERS) if line.kinds == {"Handwritten"} or line.kinds <= _PRINT]
    receipts = [line for line in cutter.lines(data, RECEIPTS) if line.is_held_out]
    features = [text.features for text in engine.recognizer.read([line.crop() for line in [*letters, *receipts]])]
    return np.array(features), np.array([line.kinds == {"Handwritten"} for line in [*letters, *receipts]])


def _fit(features: _Features, is_so: npt.NDArray[np.bool_], *, strength: float, balanced: bool) -> dict[str, Any]:
    model = LogisticRegression(C=strength, class_weight="balanced" if balanced else None, max_iter=2000)
    model.fit(features, is_so)
    return {
        "weights": [round(float(weight), 5) for weight in model.coef_[0]],
        "bias": round(float(model.intercept_[0]), 5),
    }


if __name__ == "__main__":
    typer.run(main)
