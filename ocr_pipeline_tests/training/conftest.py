import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import pytest
from PIL import ImageFont

from ocr_pipeline_tests.drawing import drawn

if TYPE_CHECKING:
    from training.network import Recognizer

_MISSING = [name for name in ("faker", "fontTools", "onnx", "onnx2torch") if find_spec(name) is None]


def pytest_pycollect_makemodule() -> None:
    """Before modules are imported, which would fail."""
    if _MISSING:
        pytest.skip(f"the extra `training` is not installed: there is no {', '.join(_MISSING)}")


@dataclass(frozen=True)
class LabelledPages:
    """A folder of data as the training wants it, to which pages can be added."""

    folder: Path

    def add(self, collection: str, *texts: tuple[int, int, str], upper_case: bool = False, **labels: object) -> None:
        """A page of 800 x 600 pixels with texts at their (x, y), labelled line by line."""
        page = drawn(800, 600, *texts, size=32)
        folder = self.folder / collection
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "truth.jsonl").open("a+") as file:
            file.seek(0)
            name = f"{len(file.readlines())}.png"
            cv2.imwrite(str(folder / name), page.pixels)
            truth = {
                "id": name,
                "file": name,
                "text_lines": [text.upper() if upper_case else text for _, _, text in texts],
                "boxes": [_around([page.ink[word] for word in text.split(" ")]) for _, _, text in texts],
                **labels,
            }
            file.write(json.dumps(truth) + "\n")


def _around(boxes: list[tuple[float, float, float, float]]) -> list[float]:
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return [min(x0), min(y0), max(x1), max(y1)]


@pytest.fixture
def pages(tmp_path: Path) -> LabelledPages:
    return LabelledPages(tmp_path / "data")


@pytest.fixture(scope="session")
def fonts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fonts")
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    for name in ("default.ttf", "courier-prime.ttf"):
        (folder / name).write_bytes(font.font_bytes)
    return folder


@pytest.fixture(scope="session")
def base() -> "Recognizer":
    from training.network import stock

    return stock()
