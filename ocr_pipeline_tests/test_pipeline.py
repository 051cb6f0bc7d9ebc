from decimal import Decimal
from pathlib import Path

import pytest

from ocr_pipeline import pipeline
from ocr_pipeline.documents.model import Line, Rejection, State, Verdict
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.pipeline import Processed, process
from ocr_pipeline.recognition.engine import RecognitionEngine
from ocr_pipeline.recognition.pdf_text_layer import NAME as TEXT_LAYER
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
    assert {page.source for page in layer.pages} == {TEXT_LAYER}
    assert {page.source for page in picture.pages} == {"rapidocr"}
    right, read = {word.text for word in layer.words}, {word.text for word in picture.words}
    assert len(right & read) > 0.8 * len(right)


def test_a_scanned_pdf_is_recognized() -> None:
    sample, data = compose(Path(), 0, SCANNED_PDF)
    text = process(data, sample.path.name, Settings()).text
    assert text is not None
    assert {page.source for page in text.pages} == {"rapidocr"}


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
