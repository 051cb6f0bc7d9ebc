import logging
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner

from ocr_pipeline.recognition.ppocr.crops import cut_out
from ocr_pipeline_tests.drawing import drawn
from ocr_pipeline_tests.training.conftest import LabelledPages
from training import fonts
from training.alphabet import Labels
from training.drawn import draw_lines
from training.errors import TrainingError
from training.mix import mix
from training.network import Recognizer, TunableNetwork, read_with
from training.recognizer import main
from training.tune import tune

_app = typer.Typer()
_app.command()(main)

_SHARED = "same company as a dev receipt"


def _run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(_app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_a_short_training_writes_weights_that_read(
    pages: LabelledPages, fonts_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    pages.add("sroie", (60, 80, "Grand Total 12.50"), (60, 300, "Cash"), (60, 400, "hello"), upper_case=True)
    pages.add("sroie", (60, 80, "Thank you"), (60, 200, "Receipt No: 77"), upper_case=True, notes=_SHARED)
    pages.add("stanford_letters", (60, 80, "Dear Sir,"), line_types=["DefaultLine:Typewritten"])
    weights, checkpoint = tmp_path / "weights", tmp_path / "checkpoint"
    code, output = _run(
        "--data", pages.folder, "--fonts", fonts_folder, "--output", weights, "--checkpoint", checkpoint,
        "--minutes", "0.03", "--drawn", "100",
    )  # fmt: skip
    assert code == 0, output
    assert "211 lines in a round" in caplog.text  # 3 of receipts, 1 of letters 8 times, 2 x 100 made up
    assert "character error rate 0.0000 on 2 lines held out" in caplog.text
    assert not checkpoint.exists()

    page = drawn(500, 100, (20, 20, "Invoice 2041: 38.50"), size=32)
    left, top, right, bottom = (
        combine(box[side] for box in page.ink.values()) for side, combine in enumerate((min, min, max, max))
    )
    quad = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    grown = quad + np.array([[-5, -5], [5, -5], [5, 5], [-5, 5]], np.float32)
    (text,) = read_with(weights).read([cut_out(page.pixels, grown)])
    assert "".join(character.text for character in text.characters) == "Invoice 2041: 38.50"


def test_what_is_missing_is_named(pages: LabelledPages, fonts_folder: Path, tmp_path: Path) -> None:
    common: list[str | Path] = ["--data", pages.folder, "--output", tmp_path / "weights"]
    code, output = _run(*common, "--fonts", tmp_path / "nowhere")
    assert code == 1
    assert "--fetch-fonts" in output
    code, output = _run(*common, "--fonts", fonts_folder)
    assert code == 1
    assert "truth.jsonl" in output
    pages.add("sroie", (60, 80, "Total"), boxes=[])
    code, output = _run(*common, "--fonts", fonts_folder)
    assert code == 1
    assert "0.png has not one box" in output
    assert not (tmp_path / "weights").exists()


def test_an_interrupted_training_goes_on_where_it_was(base: Recognizer, fonts_folder: Path, tmp_path: Path) -> None:
    examples = mix([], [], draw_lines(64, fonts.load(fonts_folder), seed=0), Labels(base.alphabet))
    checkpoint = tmp_path / "checkpoint"
    network = TunableNetwork(base)

    def train(seconds: float, seed: int = 0) -> tuple[int, float]:
        tune(network, examples, seed=seed, seconds=seconds, checkpoint=checkpoint, check=lambda _: None)
        progress = torch.load(checkpoint, weights_only=True)["progress"]
        return progress["step"], progress["seconds"]

    steps, spent = train(0.1)
    assert steps > 0
    assert train(0.1) == (steps, spent)
    assert train(spent + 0.1)[0] > steps
    with pytest.raises(TrainingError, match="another seed"):
        train(spent, seed=1)


def test_the_network_comes_back_as_it_went(base: Recognizer) -> None:
    lines = np.random.default_rng(0).uniform(-1, 1, (2, 3, 48, 320)).astype(np.float32)
    network = TunableNetwork(base)
    learned = {name: values.detach().numpy() for name, values in network.learned().items()}
    assert base.with_weights(learned).model == base.model
    with torch.no_grad():
        before = network(lines)
        changed = {name: values * np.float32(1.01) for name, values in learned.items()}
        after = TunableNetwork(base.with_weights(changed))(lines)
    assert before.shape == (2, 40, len(base.alphabet) + 1)
    assert not torch.allclose(before, after)
