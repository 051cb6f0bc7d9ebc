"""Makes the weights of the package's recognizer from PP-OCRv6 small; docs/recognizer.md describes data and result.

python -m training.recognizer --data FOLDER --fonts FOLDER --output ocr_pipeline/recognition/weights
"""

import logging
import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from ocr_pipeline.recognition.ppocr.detection import LineDetector
from ocr_pipeline.recognition.runtime import compile_network
from training import fonts
from training.alphabet import Labels
from training.check import character_error_rate
from training.drawn import draw_lines
from training.errors import TrainingError
from training.lines import LabelledLine, PageCutter
from training.mix import LETTERS, RECEIPTS, mix
from training.network import Recognizer, TunableNetwork, Weights, read_with, stock
from training.tune import tune
from training.typewritten import type_lines

_log = logging.getLogger(__name__)


def main(
    *,
    data: Annotated[Path, typer.Option(help="Folder with the labelled pages: sroie/ and stanford_letters/.")],
    output: Annotated[Path, typer.Option(help="Folder for the weights and their alphabet.")],
    fonts_folder: Annotated[Path, typer.Option("--fonts", help="Folder with font files.")],
    fetch_fonts: Annotated[bool, typer.Option("--fetch-fonts", help="First fill that folder, by npm.")] = False,
    minutes: Annotated[float, typer.Option(min=0.0, help="Time to learn; cutting and drawing come on top.")] = 70.0,
    drawn: Annotated[int, typer.Option(min=0, help="Lines to draw of print, and as many of typewriting.")] = 9000,
    seed: Annotated[int, typer.Option(min=0, help="Of drawing, mixing and wear.")] = 0,
    checkpoint: Annotated[
        Path, typer.Option(help="From where an interrupted training goes on; deleted when it is done.")
    ] = Path("build/recognizer.checkpoint"),
) -> None:
    """Train the recognizer of text lines."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        if fetch_fonts:
            fonts.fetch(fonts_folder)
        typefaces = fonts.load(fonts_folder)
        base = stock()
        receipts, letters = _labelled_lines(data, base)
        made_up = draw_lines(drawn, typefaces, seed) + type_lines(drawn, typefaces, seed)
        examples = mix(receipts, letters, made_up, Labels(base.alphabet))
        _log.info("%d lines in a round", len(examples))
        held_out = [line for line in receipts if line.is_held_out and line.is_found]

        def check(weights: Weights) -> None:
            _log_error_rate(base.with_weights(weights), held_out)

        _log_error_rate(base, held_out)
        weights = tune(
            TunableNetwork(base), examples, seed=seed, seconds=60 * minutes, checkpoint=checkpoint, check=check
        )
        check(weights)
    except TrainingError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from error
    base.with_weights(weights).write(output)
    checkpoint.unlink()
    _log.info("written to %s", output)


def _labelled_lines(data: Path, base: Recognizer) -> tuple[list[LabelledLine], list[LabelledLine]]:
    """Of receipts and of letters."""
    detection = Path(str(files("rapidocr") / "models" / "PP-OCRv6_det_small.onnx"))
    with tempfile.TemporaryDirectory() as folder:
        base.write(Path(folder))
        cutter = PageCutter(LineDetector(compile_network(detection, "openvino")), read_with(Path(folder)))
    return cutter.lines(data, RECEIPTS), cutter.lines(data, LETTERS)


def _log_error_rate(recognizer: Recognizer, held_out: Sequence[LabelledLine]) -> None:
    if held_out:
        rate = character_error_rate(recognizer, held_out)
        _log.info("character error rate %.4f on %d lines held out", rate, len(held_out))


if __name__ == "__main__":
    typer.run(main)
