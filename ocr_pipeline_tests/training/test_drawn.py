from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from training import fonts
from training.drawn import draw_lines
from training.errors import TrainingError
from training.lines import LabelledLine
from training.network import Recognizer, read_with
from training.phrases import Phrases
from training.typewritten import type_lines
from training.views import view

Draw = Callable[[int, Sequence[fonts.Typeface], int], list[LabelledLine]]


@pytest.mark.parametrize("draw", [draw_lines, type_lines])
def test_drawn_lines_are_their_text(draw: Draw, fonts_folder: Path, base: Recognizer, tmp_path: Path) -> None:
    lines = draw(60, fonts.load(fonts_folder), 1)
    base.write(tmp_path)
    read = read_with(tmp_path).read([line.crop() for line in lines])
    right = [
        "".join(character.text for character in text.characters) == line.text
        for text, line in zip(read, lines, strict=True)
    ]
    assert np.mean(right) > 0.5  # the others are worn, or have look-alikes


@pytest.mark.parametrize("draw", [draw_lines, type_lines])
def test_the_same_seed_draws_the_same(draw: Draw, fonts_folder: Path) -> None:
    typefaces = fonts.load(fonts_folder)
    first, second = (draw(5, typefaces, 4) for _ in range(2))
    assert [line.text for line in first] == [line.text for line in second]
    assert all(np.array_equal(one.pixels, other.pixels) for one, other in zip(first, second, strict=True))
    assert [line.text for line in draw(5, typefaces, 5)] != [line.text for line in first]


def test_phrases_are_one_line_without_needless_blanks() -> None:
    phrases = Phrases(2)
    for _ in range(300):
        phrase = phrases.draw()
        assert phrase == " ".join(phrase.split())
        assert 1 <= len(phrase) <= 60


def test_views_of_a_line_differ_but_stay_of_its_size(fonts_folder: Path) -> None:
    (line,) = draw_lines(1, fonts.load(fonts_folder), seed=3)
    random = np.random.default_rng(0)
    views = [view(line, random) for _ in range(10)]
    assert len({crop.pixels.tobytes() for crop in views}) == 10
    assert all(crop.pixels.shape[0] == 48 for crop in views)
    assert all(0.7 < crop.width / line.crop().width < 1.4 for crop in views)


def test_what_is_no_font_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="--fetch-fonts"):
        fonts.load(tmp_path)
    (tmp_path / "broken.ttf").write_bytes(b"not a font")
    with pytest.raises(TrainingError, match=r"broken\.ttf"):
        fonts.load(tmp_path)


def test_without_npm_the_advice_is_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TrainingError, match=r"Node\.js"):
        fonts.fetch(tmp_path / "fonts")
