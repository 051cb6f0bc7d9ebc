import numpy as np
import pytest
from numpy.typing import NDArray

from ocr_pipeline.documents.model import Box
from ocr_pipeline.recognition.ppocr.detection import LineDetector
from ocr_pipeline.recognition.ppocr.engine import DETECTION
from ocr_pipeline.recognition.runtime import Floats, compile_network
from ocr_pipeline_tests.drawing import drawn


@pytest.fixture(scope="module")
def detector() -> LineDetector:
    return LineDetector(compile_network(DETECTION, "openvino"))


@pytest.mark.parametrize(("width", "height"), [(700, 300), (1400, 2000), (500, 1300)])
def test_every_line_is_found_where_it_stands(detector: LineDetector, width: int, height: int) -> None:
    texts = ("Coffee 2.50", "Kitchen chair 89.99", "Delivery free", "Total 92.49")
    page = drawn(width, height, *[(40, height * (2 * row + 1) // 9, text) for row, text in enumerate(texts)])
    found = sorted((hull(quad) for quad in detector.find(page.pixels)), key=lambda box: box.y0)
    assert len(found) == len(texts)
    for box, text in zip(found, texts, strict=True):
        ink = Box.around([page.ink[word] for word in text.split()])
        assert box.x0 <= ink.x0 + 2
        assert box.x1 >= ink.x1 - 2
        assert box.y0 <= ink.y0 + 2
        assert box.y1 >= ink.y1 - 2
        assert box.height < 2.5 * ink.height


def test_a_blank_page_has_no_lines(detector: LineDetector) -> None:
    assert detector.find(np.full((300, 400, 3), 255, np.uint8)).shape == (0, 4, 2)


def test_no_line_of_a_dense_page_is_lost() -> None:
    """More than a thousand lines, and specks below them."""
    probability = np.zeros((1, 1, 1024, 1024), np.float32)
    for row in range(8, 1000, 16):
        for column in range(8, 1000, 48):
            probability[0, 0, row : row + 8, column : column + 32] = 0.9
    probability[0, 0, 1008::4, ::4] = 0.9
    detector = LineDetector(lambda _: [probability[:, :, :896, :896]])
    page = np.full((896, 896, 3), 255, np.uint8)
    assert len(detector.find(page)) == len(range(8, 890, 16)) * len(range(8, 890, 48))


def test_the_network_sees_few_shapes() -> None:
    """Whatever the pages' sizes: else its runtime would prepare for each, and keep what it prepared."""
    shapes = set()

    def network(batch: Floats) -> list[Floats]:
        shapes.add(batch.shape)
        return [np.zeros((1, 1, *batch.shape[2:]), np.float32)]

    detector = LineDetector(network)
    for height in range(700, 2300, 90):
        for width in range(400, 1700, 110):
            detector.find(np.full((height, width, 3), 255, np.uint8))
    assert len(shapes) < 80  # of 216 sizes


def hull(quad: NDArray[np.float32]) -> Box:
    (x0, y0), (x1, y1) = quad.min(axis=0), quad.max(axis=0)
    return Box(float(x0), float(y0), float(x1), float(y1))
