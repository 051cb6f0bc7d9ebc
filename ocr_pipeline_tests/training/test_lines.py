from importlib.resources import files
from pathlib import Path

import pytest

from ocr_pipeline.recognition.ppocr.detection import LineDetector
from ocr_pipeline.recognition.runtime import compile_network
from ocr_pipeline_tests.training.conftest import LabelledPages
from training.lines import Collection, LabelledLine, PageCutter
from training.network import Recognizer, read_with


@pytest.fixture(scope="module")
def cutter(base: Recognizer, tmp_path_factory: pytest.TempPathFactory) -> PageCutter:
    folder = tmp_path_factory.mktemp("stock")
    base.write(folder)
    detection = Path(str(files("rapidocr") / "models" / "PP-OCRv6_det_small.onnx"))
    return PageCutter(LineDetector(compile_network(detection, "openvino")), read_with(folder))


def _texts(lines: list[LabelledLine]) -> list[str]:
    return sorted(line.text for line in lines)


def test_lines_have_their_text_in_the_printed_case(cutter: PageCutter, pages: LabelledPages) -> None:
    pages.add("receipts", (60, 80, "Grand Total"), (500, 80, "RM 7.20"), (60, 300, "THANK YOU"), upper_case=True)
    lines = cutter.lines(pages.folder, Collection("receipts", is_upper_case=True))
    assert _texts(lines) == ["Grand Total", "RM 7.20", "THANK YOU"]
    assert all(line.is_found and not line.is_held_out for line in lines)
    by_text = {line.text: line.crop() for line in lines}
    assert all(crop.pixels.shape[0] == 48 for crop in by_text.values())
    assert 4 < by_text["Grand Total"].width / 48 < 7


def test_a_line_that_is_not_found_is_cut_by_its_label(cutter: PageCutter, pages: LabelledPages) -> None:
    pages.add(
        "letters", (60, 80, "Yours truly"), (300, 400, "Mayor"), boxes=[[400, 500, 500, 540], [300, 405, 400, 440]]
    )
    lines = cutter.lines(pages.folder, Collection("letters"))
    assert [(line.text, line.is_found) for line in lines] == [("Mayor", True), ("Yours truly", False)]


def test_slips_marks_and_shared_companies(cutter: PageCutter, pages: LabelledPages) -> None:
    pages.add("receipts", (60, 80, "Total due"), (60, 300, "Change"), text_lines=["Tot^al due", "9999"], notes=_SHARED)
    lines = cutter.lines(pages.folder, Collection("receipts", is_print=True, marks="^"))
    assert [(line.text, line.is_held_out) for line in lines] == [("Total due", True)]


_SHARED = "same company as a dev receipt"
