import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.documents.model import DocumentText
from ocr_pipeline.exports.hocr import hocr
from ocr_pipeline_tests.exports.pages import document, line, page, unicode_words

TWO_PAGES = DocumentText(
    pages=(page(line("Dear Sir", 100, 100), line("Thank you", 100, 300), line("Side note", 700, 100)), page(number=2))
)


def titles(data: bytes, name: str) -> list[str]:
    return [element.get("title", "") for element in lxml.html.fromstring(data).find_class(name)]


@pytest.mark.parametrize("text", [TWO_PAGES, document(line("on its side", 5, 5), angle=90)])
def test_the_validator_finds_no_fault(text: DocumentText, tmp_path: Path) -> None:
    file = tmp_path / "text.hocr"
    file.write_bytes(hocr(text))
    # In a process of its own: it patches the standard library as it is imported.
    command = [sys.executable, "-W", "ignore", "-m", "hocr_spec.cli", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "ERROR" not in result.stdout


def test_every_level_has_its_box() -> None:
    data = hocr(TWO_PAGES)
    assert titles(data, "ocr_page") == ["bbox 0 0 1000 1400; ppageno 0", "bbox 0 0 1000 1400; ppageno 1"]
    assert titles(data, "ocr_carea") == ["bbox 100 100 190 320", "bbox 700 100 790 120"]
    assert titles(data, "ocr_par") == ["bbox 100 100 180 120", "bbox 100 300 190 320", "bbox 700 100 790 120"]
    assert titles(data, "ocr_line")[0] == "bbox 100 100 180 120"
    assert titles(data, "ocrx_word")[:2] == ["bbox 100 100 140 120; x_wconf 90", "bbox 150 100 180 120; x_wconf 90"]


def test_words_of_a_line_are_apart() -> None:
    assert lxml.html.fromstring(hocr(TWO_PAGES)).find("body").text_content().split() == [
        word.text for word in TWO_PAGES.words
    ]


def test_turned_text_says_by_how_much_against_the_clock() -> None:
    assert titles(hocr(document(line("down", 0, 0), angle=90)), "ocr_line") == ["bbox 0 0 40 20; textangle 270"]
    assert "textangle" not in hocr(document(line("level", 0, 0))).decode()


@settings(deadline=None)
@given(st.lists(unicode_words, min_size=1, max_size=5))
def test_any_text_survives(words: list[str]) -> None:
    """Read as XML and as HTML. Two characters that XML forbids are replaced."""
    data = hocr(document(line(" ".join(words), 0, 0)))
    expected = [word.translate({0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}) for word in words]
    root = ElementTree.fromstring(data)
    assert [element.text for element in root.iter() if element.get("class") == "ocrx_word"] == expected
    assert [element.text for element in lxml.html.fromstring(data).find_class("ocrx_word")] == expected
