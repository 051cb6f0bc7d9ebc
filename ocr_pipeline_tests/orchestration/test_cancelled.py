"""A document that is cancelled or erased while a run works on it: the work stops, and nothing of it stays."""

from collections.abc import Callable, Iterator
from io import BytesIO
from threading import Lock

import pytest
from PIL import Image

from ocr_pipeline import pipeline
from ocr_pipeline.cores import core_count
from ocr_pipeline.documents.model import Page, State
from ocr_pipeline.documents.page_image import NormalizedPage
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.storage.beginnings import Beginnings
from ocr_pipeline.storage.cancellation import cancel_batch, cancel_document
from ocr_pipeline.storage.erasure import erase
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline_tests.orchestration.batch_runs import Batches

PAGES = 12
AtTheThirdPage = Callable[[str, Callable[[], object]], list[int]]


def long_document(shade: int = 255) -> bytes:
    """A TIFF of many small empty pages; `shade` tells it from others."""
    pages = [Image.new("L", (200, 300), shade) for _ in range(PAGES)]
    file = BytesIO()
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:])
    return file.getvalue()


def empty(page: NormalizedPage) -> Page:
    width, height = page.info.original_width, page.info.original_height
    return Page(number=page.number, width=width, height=height, source="none", lines=())


@pytest.fixture
def at_the_third_page(monkeypatch: pytest.MonkeyPatch) -> AtTheThirdPage:
    """Does something when a stage comes to the third page; returns the numbers of the pages that it comes to."""

    def watch(stage: str, do: Callable[[], object]) -> list[int]:
        seen: list[int] = []
        lock = Lock()

        def look(number: int) -> None:
            with lock:
                seen.append(number)
                if len(seen) == 3:
                    do()

        normalize_pages = pipeline.normalize_pages

        def normalized(*arguments: object) -> Iterator[NormalizedPage]:
            for page in normalize_pages(*arguments):  # type: ignore[arg-type]  # handed on as they came
                if stage == "normalized_images":
                    look(page.number)
                yield page

        def recognized(page: NormalizedPage, _: object) -> Page:
            if stage == "ocr_text":
                look(page.number)
            return empty(page)

        monkeypatch.setattr(pipeline, "normalize_pages", normalized)
        monkeypatch.setattr(pipeline, "recognize", recognized)
        return seen

    return watch


def only(services: Services, batch: str) -> LedgerDocument:
    (document,) = services.ledger.batch_documents(batch)
    return document


def kept(services: Services, stage: str, content: str) -> list[str]:
    return [found.key for found in services.store.list(f"stages/{stage}/") if content in found.key]


@pytest.mark.parametrize(("stage", "ahead"), [("normalized_images", 0), ("ocr_text", core_count() + 1)])
def test_a_long_document_that_is_cancelled_stops_within_a_page(
    batches: Batches, at_the_third_page: AtTheThirdPage, stage: str, ahead: int
) -> None:
    services = batches.services
    batch = batches.of_files({"long.tif": long_document(200 + ahead)})
    document = only(services, batch)
    seen = at_the_third_page(stage, lambda: cancel_document(services.database, document.id))

    shown = batches.run(batch)

    assert 3 <= len(seen) <= 3 + ahead < PAGES
    after = only(services, batch)
    assert after.reason is not None
    assert (after.state, after.reason.code) == (State.REJECTED, ErrorCode.CANCELLED)
    assert not [key for key in kept(services, stage, after.sha256 or "none") if key.endswith("output.json")]
    assert kept(services, "structured_records", after.sha256 or "none") == []
    assert "cancelled" in shown[stage]["rejections"]
    assert Beginnings(services.database).begun([batch]) == {}


def test_the_neighbours_of_a_cancelled_document_get_on(batches: Batches, at_the_third_page: AtTheThirdPage) -> None:
    """Also one with the same bytes."""
    services = batches.services
    batch = batches.of_files({"long.tif": long_document(190), "copy.tif": long_document(190)})
    first, _ = services.ledger.batch_documents(batch)
    at_the_third_page("normalized_images", lambda: cancel_document(services.database, first.id))

    batches.run(batch)

    states = [document.state for document in services.ledger.batch_documents(batch)]
    assert states == [State.REJECTED, State.NEEDS_REVIEW]


def test_a_batch_that_is_cancelled_as_a_whole_ends_without_any_work(
    batches: Batches, at_the_third_page: AtTheThirdPage
) -> None:
    services = batches.services
    batch = batches.of_files({f"{shade}.tif": long_document(shade) for shade in (180, 181)})
    seen = at_the_third_page("normalized_images", lambda: None)
    assert len(cancel_batch(services.database, batch)) == 2
    before = services.ledger.batch_documents(batch)

    shown = batches.run(batch)

    assert seen == []
    assert [shown[stage]["computed now"] for stage in ("raw_images", "normalized_images", "ocr_text")] == [0, 0, 0]
    assert services.ledger.batch_documents(batch) == before


@pytest.mark.parametrize("stage", ["normalized_images", "ocr_text"])
def test_of_a_document_that_is_erased_while_a_stage_works_on_it_nothing_stays(
    batches: Batches, at_the_third_page: AtTheThirdPage, stage: str
) -> None:
    services = batches.services
    batch = batches.of_files({"long.tif": long_document(170 if stage == "ocr_text" else 171)})
    id_ = only(services, batch).id
    hashes: list[str] = []

    def cancel_and_erase() -> None:
        document = only(services, batch)
        hashes.append(document.sha256 or "none")
        assert cancel_document(services.database, document.id)
        erase(services.database, services.store, document)

    at_the_third_page(stage, cancel_and_erase)

    batches.run(batch)

    assert services.ledger.batch_documents(batch) == []
    erased = services.ledger.document(id_)
    assert erased is not None
    assert erased.sha256 is None
    assert [found.key for found in services.store.list("") if hashes[0] in found.key] == []
