"""What a document's sender asked for reaches the stages, and changes nothing for others."""

from io import BytesIO

import pymupdf
import pytest
from PIL import Image

from ocr_pipeline import pipeline
from ocr_pipeline.documents.model import DocumentText, NormalizedDocument, Rejection, State
from ocr_pipeline.documents.options import NO_OPTIONS, Options
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.storage.ledger_rows import LedgerDocument, Sender
from ocr_pipeline.storage.stage_outputs import StageOutputs
from ocr_pipeline.storage.tables import load_outcome
from ocr_pipeline_tests.orchestration.batch_runs import Batches


def pdf(*pages: str) -> bytes:
    """Each page with a text of its own."""
    with pymupdf.open() as document:
        for text in pages:
            page = document.new_page(width=400, height=300)
            page.insert_text((20, 50), text, fontsize=12)
        return bytes(document.tobytes())


def tiff(count: int) -> bytes:
    first, *others = [Image.new("L", (200, 300), 255 - number) for number in range(count)]
    file = BytesIO()
    first.save(file, "TIFF", save_all=True, append_images=others)
    return file.getvalue()


RECEIPT = "Old Quay Tea Rooms\nInvoice Date: 03/04/2018\nInvoice No: A-17\nTotal: 12.50"


def run(batches: Batches, file: bytes, options: Options = NO_OPTIONS) -> LedgerDocument:
    batch = batches.of_files({"file": file}, Sender(options=options))
    batches.run(batch)
    (document,) = batches.services.ledger.batch_documents(batch)
    return document


def outcome(services: Services, document: LedgerDocument) -> Outcome:
    return load_outcome(services.database, document, 60)


def pages_read(services: Services, document: LedgerDocument) -> list[int]:
    """Where the ledger says that the outputs are."""
    numbers = []
    normalized = StageOutputs(
        services.store, "normalized_images", document.versions["normalized_images"], NormalizedDocument
    )
    texts = StageOutputs(services.store, "ocr_text", document.versions["ocr_text"], DocumentText)
    for output in (normalized.load(document.content or ""), texts.load(document.content or "")):
        assert output is not None
        assert not isinstance(output.result, Rejection)
        numbers.append([page.number for page in output.result.pages])
    assert numbers[0] == numbers[1]
    return numbers[0]


class NoWords:
    """An engine that reads nothing, and says for whom it was loaded."""

    def __init__(self, name: str) -> None:
        self.name = name

    def read(self, _: object) -> list[object]:
        return []


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the engines that are loaded from here on."""
    names: list[str] = []

    def load(name: str, **_: object) -> NoWords:
        names.append(name)
        return NoWords(name)

    monkeypatch.setattr(pipeline, "load_recognition_engine", load)
    return names


@pytest.mark.parametrize("file", [pdf(*"abcde"), tiff(5)], ids=["pdf", "tiff"])
def test_only_the_wanted_pages_are_read_under_their_own_numbers(
    batches: Batches, loaded: list[str], file: bytes
) -> None:
    services = batches.services

    some = run(batches, file, Options(pages="2,4-"))
    every = run(batches, file)

    assert pages_read(services, some) == [2, 4, 5]
    assert pages_read(services, every) == [1, 2, 3, 4, 5]
    assert (some.pages, every.pages) == (5, 5), "of the file"


def test_pages_that_the_file_has_not_are_said_to_be_missing(batches: Batches) -> None:
    document = run(batches, pdf("a", "b"), Options(pages="3-"))

    assert document.reason is not None
    assert document.reason.code is ErrorCode.NO_SUCH_PAGE
    assert "2 pages" in document.reason.message
    assert "3-" in document.reason.message


def test_the_kind_that_was_named_is_taken(batches: Batches) -> None:
    assert outcome(batches.services, run(batches, pdf(RECEIPT))).kind == "invoice"
    assert outcome(batches.services, run(batches, pdf(RECEIPT), Options(kind="receipt"))).kind == "receipt"


def test_a_kind_that_there_is_no_more_is_a_reason_to_reject(batches: Batches) -> None:
    document = run(batches, pdf(RECEIPT), Options(kind="purchase_order"))

    assert document.state is State.REJECTED
    assert document.reason is not None
    assert "purchase_order" in document.reason.message


@pytest.mark.parametrize(
    ("language", "date"), [("en-US", "2018-03-04"), ("en-GB", "2018-04-03"), ("de", "2018-04-03"), ("en", "2018-04-03")]
)
def test_the_language_tells_day_and_month(batches: Batches, language: str, date: str) -> None:
    read = outcome(batches.services, run(batches, pdf(RECEIPT), Options(language=language)))

    assert read.fields["document_date"] == date
    doubted = [reason.code for reason in read.reasons if reason.field == "document_date"]
    assert doubted == (["low_confidence"] if language == "en" else [])


def test_the_engine_that_was_named_reads(batches: Batches, loaded: list[str]) -> None:
    services = batches.services

    usual, other = (run(batches, tiff(1), options) for options in (NO_OPTIONS, Options(engine="easyocr")))

    assert loaded == ["ppocr", "easyocr"]
    assert usual.versions == services.versions()
    assert other.versions == services.versions(Options(engine="easyocr"))
    assert usual.versions["normalized_images"] == other.versions["normalized_images"]
    assert usual.versions["ocr_text"] != other.versions["ocr_text"]


def test_what_was_made_for_one_is_used_for_the_next_who_asks_for_the_same(batches: Batches, loaded: list[str]) -> None:
    asked = Sender(options=Options(pages="1", language="de"))
    computed = []
    for sender in (asked, asked, Sender()):
        shown = batches.run(batches.of_files({"file": tiff(2)}, sender))
        computed.append(shown["ocr_text"]["computed now"])

    assert computed == [1, 0, 1]


def test_senders_with_different_wishes_share_a_batch(batches: Batches, loaded: list[str]) -> None:
    services = batches.services
    files = {str(number): tiff(number) for number in (2, 3)}
    batch = batches.of_files(files)
    _, second = services.ledger.batch_documents(batch)
    with services.database.begin() as connection:
        connection.exec_driver_sql(
            'UPDATE ledger SET options = \'{"engine": "easyocr", "pages": "2"}\' WHERE id = %s', (second.id,)
        )

    shown = batches.run(batch)

    assert shown["ocr_text"]["engine"] == "easyocr, ppocr"
    done = services.ledger.batch_documents(batch)
    assert [pages_read(services, document) for document in done] == [[1, 2], [2]]
