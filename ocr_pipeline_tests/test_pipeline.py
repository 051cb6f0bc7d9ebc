import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pymupdf
import pytest

from ocr_pipeline import pipeline
from ocr_pipeline.documents.model import PDF_TEXT_LAYER, Line, Rejection, State, Verdict
from ocr_pipeline.documents.options import Options
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.pipeline import Processed, process
from ocr_pipeline.recognition.engine import RecognitionEngine
from ocr_pipeline.samples.bad import bad_files
from ocr_pipeline.samples.generate import compose
from ocr_pipeline.settings import Settings
from ocr_pipeline.versions import stage_versions

KINDS = 12
RECEIPT, INVOICE_PDF, SCANNED_PDF = 1, 11, 4


def verdict_of(processed: Processed) -> Verdict:
    assert isinstance(processed.result, Verdict), processed.result
    return processed.result


def rejection_of(processed: Processed) -> Rejection:
    assert isinstance(processed.result, Rejection), processed.result
    return processed.result


class FailingEngine:
    """Breaks at one of its calls."""

    name = "failing"

    def __init__(self, failing_call: int) -> None:
        self._left = failing_call

    def read(self, pixels: Pixels) -> list[Line]:
        self._left -= 1
        if self._left == 0:
            raise RuntimeError("out of order")
        return []


@pytest.mark.parametrize("index", range(KINDS))
def test_a_good_document_has_a_verdict_and_the_right_total(index: int) -> None:
    sample, data = compose(Path(), 0, index)
    processed = process(data, sample.path.name, Settings())
    verdict = verdict_of(processed)
    assert verdict.state is State.ACCEPTED or verdict.reasons
    if "total" in sample.fields:
        assert Decimal(verdict.record.fields["total"].value) == Decimal(str(sample.fields["total"]))
    assert processed.text is not None
    assert [page.number for page in processed.text.pages] == list(range(1, sample.pages + 1))
    assert processed.seconds.keys() == stage_versions(Settings()).keys()


def test_every_value_stands_in_the_words_it_was_read_from() -> None:
    sample, data = compose(Path(), 0, RECEIPT)
    processed = process(data, sample.path.name, Settings())
    assert processed.text is not None
    words = {word.text for word in processed.text.words}
    for field in verdict_of(processed).record.fields.values():
        assert field.evidence.page is not None
        assert field.evidence.box is not None
        page = processed.text.pages[field.evidence.page - 1]
        x0, y0, x1, y1 = field.evidence.box
        assert 0 <= x0 < x1 <= page.width
        assert 0 <= y0 < y1 <= page.height
        assert set(field.evidence.words) <= words


def test_a_bad_file_is_rejected_with_its_reason(tmp_path: Path) -> None:
    for bad in bad_files(tmp_path):
        processed = process(bad.path.read_bytes(), bad.path.name, Settings())
        assert rejection_of(processed).code is bad.code, bad.path.name
        assert processed.text is None
        assert "structured_records" not in processed.seconds


def test_the_text_of_a_pdf_is_read_from_it_or_from_its_picture() -> None:
    sample, data = compose(Path(), 0, INVOICE_PDF)
    texts = [process(data, sample.path.name, Settings(pdf_text_layer=layer)).text for layer in (True, False)]
    layer, picture = [text for text in texts if text is not None]
    assert {page.source for page in layer.pages} == {PDF_TEXT_LAYER}
    assert {page.source for page in picture.pages} == {"ppocr"}
    right, read = {word.text for word in layer.words}, {word.text for word in picture.words}
    assert len(right & read) > 0.8 * len(right)


def test_a_scanned_pdf_is_recognized() -> None:
    sample, data = compose(Path(), 0, SCANNED_PDF)
    text = process(data, sample.path.name, Settings()).text
    assert text is not None
    assert {page.source for page in text.pages} == {"ppocr"}


def test_an_engine_that_breaks_costs_one_document(monkeypatch: pytest.MonkeyPatch) -> None:
    engine: RecognitionEngine = FailingEngine(failing_call=2)
    monkeypatch.setattr(pipeline, "recognition_engine", lambda settings: engine)
    sample, data = compose(Path(), 0, RECEIPT)
    first, second, third = (process(data, sample.path.name, Settings()) for _ in range(3))
    rejection = rejection_of(second)
    assert (rejection.code, rejection.retryable) == (ErrorCode.PROCESSING_FAILED, True)
    assert rejection.message == "Processing stopped in stage ocr_text: RuntimeError."
    assert second.seconds.keys() == {"raw_images", "normalized_images", "ocr_text"}
    for other in (first, third):
        assert [reason.code for reason in verdict_of(other).reasons] == ["no_text"]


PEAK_MEMORY = """
import resource, sys
from pathlib import Path
from ocr_pipeline import pipeline
from ocr_pipeline.settings import Settings

class Blind:
    name = "blind"
    def read(self, pixels):
        return []

pipeline.recognition_engine = lambda settings: Blind()
path, layer = Path(sys.argv[1]), sys.argv[2] == "layer"
processed = pipeline.process(path.read_bytes(), path.name, Settings(pdf_text_layer=layer))
assert processed.text is not None, processed.result
print(len(processed.text.pages), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.parametrize("way", ["layer", "pictures"])
def test_memory_does_not_grow_with_pages(way: str, tmp_path: Path) -> None:
    peaks = []
    for count in (15, 150):
        path = tmp_path / f"{count}.pdf"
        with pymupdf.open() as document:
            for number in range(count):
                page = document.new_page(width=300, height=400)
                for row in range(12):
                    page.insert_text((30, 40 + 25 * row), f"Row {row} of page {number}: 12.50 EUR in all")
            document.save(path)
        command = [sys.executable, "-c", PEAK_MEMORY, str(path), way]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
        pages, peak = map(int, done.stdout.split())
        assert pages == count
        peaks.append(peak / 1024)
    assert peaks[1] - peaks[0] < 25, f"megabytes at 15 and at 150 pages: {peaks}"


def test_pages_of_one_pdf_are_read_each_in_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "recognition_engine", lambda settings: FailingEngine(failing_call=0))
    with pymupdf.open() as document:
        digital = document.new_page(width=300, height=400)
        digital.insert_text((30, 40), "Invoice 4711, total 12.50 EUR")
        picture = digital.get_pixmap(dpi=100)
        scan = document.new_page(width=300, height=400)
        scan.insert_image(scan.rect, pixmap=picture)
        document.new_page(width=200, height=100).insert_text((30, 40), "Second sheet, paid in full")
        data = bytes(document.tobytes())
    text = process(data, "mixed.pdf", Settings(pdf_dpi=72)).text
    assert text is not None
    assert [page.source for page in text.pages] == [PDF_TEXT_LAYER, "failing", PDF_TEXT_LAYER]
    assert [(page.number, page.width, page.height) for page in text.pages] == [
        (1, 300, 400),
        (2, 300, 400),
        (3, 200, 100),
    ]
    assert text.lines == ["Invoice 4711, total 12.50 EUR", "Second sheet, paid in full"]


def pages_and_text(*texts: str) -> bytes:
    with pymupdf.open() as document:
        for text in texts:
            document.new_page(width=400, height=300).insert_text((20, 50), text, fontsize=12)
        return bytes(document.tobytes())


def test_what_is_asked_for_one_file_goes_before_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    names = []

    def engine(settings: Settings) -> RecognitionEngine:
        names.append(settings.recognition_engine)
        return FailingEngine(failing_call=0)

    monkeypatch.setattr(pipeline, "recognition_engine", engine)
    data = pages_and_text("Invoice Date: 03/04/2018", "", "Invoice No: A-17")
    asked = Options(pages="1-2", kind="receipt", language="en-US", engine="easyocr")

    processed = process(data, "a.pdf", Settings(), asked)

    assert processed.text is not None
    assert [page.number for page in processed.text.pages] == [1, 2]
    assert names == ["easyocr"], "only the page without a text of its own is recognized"
    record = verdict_of(processed).record
    assert (record.kind, record.fields["document_date"].value) == ("receipt", "2018-03-04")


def test_pages_that_a_file_has_not_cannot_be_asked_for() -> None:
    processed = process(pages_and_text("a", "b"), "a.pdf", Settings(), Options(pages="3,7-9"))
    assert rejection_of(processed) == Rejection.of(ErrorCode.NO_SUCH_PAGE, pages=2, wanted="3,7-9")
