import os
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import cv2
import httpx
import numpy as np
import pymupdf
import pytest
from PIL import Image
from pydantic import SecretStr
from sqlalchemy import update

from api.rendering import answer, beside
from ocr_pipeline.documents.model import Box, DocumentText, Evidence, Field, Rejection, State
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival, Sender
from ocr_pipeline.storage.objects import ObjectStore, open_store
from ocr_pipeline.storage.originals import key_of
from ocr_pipeline.storage.stage_outputs import StageOutput, StageOutputs
from ocr_pipeline.tokens import READ, create_token
from ocr_pipeline.versions import stage_versions
from ocr_pipeline_tests.api.conftest import SECRET
from ocr_pipeline_tests.api.servers import running_api
from ocr_pipeline_tests.conftest import Services
from ocr_pipeline_tests.drawing import drawn
from ocr_pipeline_tests.exports.pages import read
from ocr_pipeline_tests.storage.made import REJECTION, verdict

PAGE = drawn(600, 400, (60, 60, "Café Grün"), (60, 240, "Total 12.50"))
TEXT = DocumentText(pages=(read(PAGE, "Café Grün", "Total 12.50"),))
VIEWS = ("text", "markdown", "hocr", "alto", "pdf", "words", "pages/1.png")
VERSION = "a1b2c3d4e5f6"


def png(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


class Shelf:
    """Documents as the pipeline leaves them behind."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self.engine = get_engine(settings.database_url.get_secret_value())
        self.store: ObjectStore = open_store(settings)
        self._ledger = ledger

    def enter(self, file: str = "receipt.png", tenant: str = "default") -> str:
        arrival = Arrival(file, f"tests/{uuid4().hex}", "1", 1)
        return self._ledger.register_batch([arrival], Sender(tenant=tenant))[1][0]

    def set(self, id_: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(schema.ledger).where(schema.ledger.c.id == id_).values(values))

    def finish(self, id_: str, text: DocumentText | Rejection = TEXT, data: bytes = b"", version: str = VERSION) -> str:
        """Returns its content address."""
        content = uuid4().hex * 2
        outputs = StageOutputs(self.store, "ocr_text", version, DocumentText)
        outputs.save(content, StageOutput[DocumentText](result=text, seconds={}))
        self.store.put(key_of(content), data or png(PAGE.pixels))
        now = datetime.now(UTC)
        self.set(id_, state=State.ACCEPTED, sha256=content, versions={"ocr_text": version}, finished_at=now)
        return content

    def judge(self, id_: str, total: Evidence) -> None:
        record = verdict().record
        field = Field(value="12.50", confidence=0.95, evidence=total)
        result = verdict().model_copy(
            update={"record": record.model_copy(update={"fields": {"total": field}, "line_items": ()})}
        )
        row = {"document_id": id_, "state": "accepted", "kind": "invoice", "confidence": 0.9, "version": "1"}
        with self.engine.begin() as connection:
            connection.execute(schema.documents.insert(), row | {"verdict": result.model_dump(mode="json")})


@pytest.fixture(scope="module")
def settings(services: Services) -> Settings:
    return services.settings.model_copy(update={"jwt_secret": SecretStr(SECRET)})


@pytest.fixture(scope="module")
def api(settings: Settings) -> Iterator[httpx.Client]:
    """One for all tests here: each would start processes of its own."""
    token = create_token("reader", [READ], timedelta(minutes=5), SECRET)
    headers = {"Authorization": f"Bearer {token}"}
    with running_api(settings) as url, httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture
def shelf(settings: Settings, ledger: Ledger) -> Shelf:
    return Shelf(settings, ledger)


@pytest.fixture
def document(shelf: Shelf) -> str:
    """A document that was read."""
    id_ = shelf.enter()
    shelf.finish(id_)
    return id_


def hang(note: str, *_: object) -> None:
    """In place of `render`, in its process."""
    Path(note).write_text(str(os.getpid()))
    time.sleep(60)


def die(*_: object) -> None:
    """In place of `render`, in its process."""
    os._exit(1)


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def pixels(response: httpx.Response) -> np.ndarray:
    assert response.status_code == 200, response.text
    return np.asarray(Image.open(BytesIO(response.content)).convert("RGB"), int)


def is_colored(picture: np.ndarray) -> np.ndarray:
    return np.asarray(np.ptp(picture, axis=2) > 60)


def test_every_view_is_there_with_its_type_and_a_name(api: httpx.Client, document: str) -> None:
    answers = {view: api.get(f"/documents/{document}/{view}") for view in VIEWS}
    assert [one.status_code for one in answers.values()] == [200] * len(VIEWS)
    assert {view: one.headers["content-type"] for view, one in answers.items()} == {
        "text": "text/plain; charset=utf-8",
        "markdown": "text/markdown; charset=utf-8",
        "hocr": "text/html; charset=utf-8",
        "alto": "application/xml",
        "pdf": "application/pdf",
        "words": "application/json",
        "pages/1.png": "image/png",
    }
    assert {view: one.headers["content-disposition"] for view, one in answers.items()} == {
        "text": 'inline; filename="receipt.txt"',
        "markdown": 'inline; filename="receipt.md"',
        "hocr": 'inline; filename="receipt.hocr"',
        "alto": 'inline; filename="receipt.alto.xml"',
        "pdf": 'inline; filename="receipt.searchable.pdf"',
        "words": 'inline; filename="receipt.words.json"',
        "pages/1.png": 'inline; filename="receipt.1.png"',
    }
    assert answers["text"].text == "Café Grün\n\nTotal 12.50\n"
    assert "Café Grün" in answers["markdown"].text
    assert "ocrx_word" in answers["hocr"].text
    assert ElementTree.fromstring(answers["alto"].content).tag.endswith("alto")
    assert DocumentText.model_validate_json(answers["words"].content) == TEXT
    with pymupdf.open(stream=answers["pdf"].content, filetype="pdf") as searchable:
        assert [word[4] for word in searchable[0].get_text("words")] == ["Café", "Grün", "Total", "12.50"]


def test_name_of_the_file_is_safe_in_a_header(api: httpx.Client, shelf: Shelf) -> None:
    id_ = shelf.enter('../a"b\r\nX: y/Kassenbon „neu“.tar.jpg')
    shelf.finish(id_)
    disposition = api.get(f"/documents/{id_}/text").headers["content-disposition"]
    assert re.fullmatch(r'inline; filename="[A-Za-z0-9._-]+\.txt"', disposition)


def test_picture_is_the_original_page_pixel_by_pixel(api: httpx.Client, document: str) -> None:
    assert (pixels(api.get(f"/documents/{document}/pages/1.png")) == PAGE.pixels).all()


@pytest.mark.parametrize("boxes", ["words", "lines"])
def test_drawn_boxes_stand_around_what_was_read(api: httpx.Client, document: str, boxes: str) -> None:
    picture = pixels(api.get(f"/documents/{document}/pages/1.png", params={"boxes": boxes}))
    frames = is_colored(picture)
    things = [line.box for line in TEXT.pages[0].lines]
    if boxes == "words":
        things = [word.box for word in TEXT.words]
    expected = np.zeros(frames.shape, bool)
    for x0, y0, x1, y1 in (map(round, box) for box in things):
        expected[y0 - 2 : y1 + 3, x0 - 2 : x1 + 3] = True
        expected[y0 + 1 : y1 - 1, x0 + 1 : x1 - 1] = False
        assert frames[y0 - 1, x0:x1].all()
        assert frames[y0:y1, x1 + 1].all()
    assert not frames[~expected].any()


def test_fields_are_drawn_where_their_values_were_read(api: httpx.Client, shelf: Shelf, document: str) -> None:
    box = PAGE.ink["12.50"]
    shelf.judge(document, Evidence(page=1, box=box, words=("12.50",)))
    frames = is_colored(pixels(api.get(f"/documents/{document}/pages/1.png", params={"boxes": "fields"})))
    assert frames[round(box.y0) - 1, round(box.x0) : round(box.x1)].all()
    label = frames[round(box.y0) - 12 : round(box.y0) - 4, round(box.x0) : round(box.x0) + 20]
    assert label.mean() > 0.5
    assert not frames[:180].any()


def test_values_without_a_place_on_the_page_are_not_drawn(api: httpx.Client, shelf: Shelf, document: str) -> None:
    shelf.judge(document, Evidence(page=2, box=Box(1, 2, 30, 40), words=("12.50",)))
    assert not is_colored(pixels(api.get(f"/documents/{document}/pages/1.png", params={"boxes": "fields"}))).any()


@pytest.mark.parametrize(("asked", "given"), [(150, (150, 100)), (600, (600, 400)), (5000, (600, 400)), (16, (16, 11))])
def test_width_makes_pictures_smaller_and_never_larger(
    api: httpx.Client, document: str, asked: int, given: tuple[int, int]
) -> None:
    response = api.get(f"/documents/{document}/pages/1.png", params={"width": asked, "boxes": "words"})
    assert Image.open(BytesIO(response.content)).size == given


def test_boxes_fit_although_the_resolution_of_pdfs_was_set_otherwise_since(
    serve: Callable[..., httpx.Client], shelf: Shelf
) -> None:
    with pymupdf.open() as pdf:
        pdf.new_page(width=216, height=144)
        data = pdf.tobytes()
    id_ = shelf.enter("scan.pdf")
    shelf.finish(id_, TEXT, data)
    picture = pixels(serve(pdf_dpi=100).get(f"/documents/{id_}/pages/1.png", params={"boxes": "words"}))
    assert picture.shape[:2] == (400, 600)


def test_page_that_was_not_read_is_not_found(api: httpx.Client, document: str) -> None:
    response = api.get(f"/documents/{document}/pages/2.png")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert "page 2" in response.json()["detail"]


@pytest.mark.parametrize("view", VIEWS)
def test_copy_at_hand_is_not_sent_again(api: httpx.Client, document: str, view: str) -> None:
    etag = api.get(f"/documents/{document}/{view}").headers["etag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        response = api.get(f"/documents/{document}/{view}", headers={"If-None-Match": known})
        assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", etag)
    assert api.get(f"/documents/{document}/{view}", headers={"If-None-Match": '"other"'}).status_code == 200


def test_tags_differ_by_view_boxes_and_version(api: httpx.Client, shelf: Shelf, document: str) -> None:
    queries = ("", "?boxes=words", "?boxes=lines", "?width=99", "?boxes=fields")
    paths = [f"/documents/{document}/{view}" for view in (*VIEWS, *(f"pages/1.png{query}" for query in queries[1:]))]
    tags = [api.get(path).headers["etag"] for path in paths]
    assert len(set(tags)) == len(paths)
    shelf.judge(document, Evidence(page=1, box=Box(1, 2, 30, 40), words=("12.50",)))
    assert api.get(paths[-1]).headers["etag"] not in tags
    shelf.finish(document, version="another")
    assert api.get(paths[0]).headers["etag"] not in tags


@pytest.mark.parametrize("view", VIEWS)
def test_what_there_is_not_is_told_apart(api: httpx.Client, shelf: Shelf, view: str) -> None:
    unfinished, rejected, theirs = shelf.enter(), shelf.enter(), shelf.enter(tenant="other")
    expired, erased = shelf.enter(), shelf.enter()
    for id_ in (theirs, expired, erased):
        shelf.finish(id_)
    reason = REJECTION.model_dump(mode="json")
    shelf.set(rejected, state=State.REJECTED, reason=reason, finished_at=datetime.now(UTC))
    shelf.set(expired, finished_at=datetime.now(UTC) - timedelta(days=8))
    shelf.set(erased, erased_at=datetime.now(UTC))
    answers = {
        id_: api.get(f"/documents/{id_}/{view}") for id_ in (unfinished, rejected, theirs, "nonsense", expired, erased)
    }
    assert [(one.status_code, one.json()["code"]) for one in answers.values()] == [
        (409, "not_finished"),
        (404, "not_found"),
        (404, "not_found"),
        (404, "not_found"),
        (410, "gone"),
        (410, "gone"),
    ]


def test_files_that_were_cleared_away_are_gone(api: httpx.Client, shelf: Shelf, document: str) -> None:
    content = shelf.finish(document)
    shelf.store.delete([key_of(content)])
    assert api.get(f"/documents/{document}/text").status_code == 200
    answers = [api.get(f"/documents/{document}/{view}") for view in ("pdf", "pages/1.png")]
    shelf.store.delete([f"stages/ocr_text/{VERSION}/{content}/output.json"])
    answers += [api.get(f"/documents/{document}/{view}") for view in VIEWS]
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(410, "gone")}
    assert all("running its batch again" in one.json()["detail"] for one in answers)


def test_document_of_an_earlier_release_is_looked_for_under_the_versions_of_today(
    api: httpx.Client, shelf: Shelf, settings: Settings, document: str
) -> None:
    shelf.finish(document, version=stage_versions(settings)["ocr_text"])
    shelf.set(document, versions={})
    assert api.get(f"/documents/{document}/text").text.startswith("Café")


def test_file_that_cannot_be_shown_is_a_problem_and_no_crash(api: httpx.Client, shelf: Shelf, document: str) -> None:
    shelf.finish(document, data=b"%PDF-1.7 nothing")
    response = api.get(f"/documents/{document}/pages/1.png")
    assert (response.status_code, response.json()["code"]) == (500, ErrorCode.PROCESSING_FAILED)
    assert api.get(f"/documents/{document}/text").status_code == 200


def test_work_that_takes_too_long_is_ended(
    api: httpx.Client, shelf: Shelf, document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "_SECONDS", 0.01)
    response = api.get(f"/documents/{document}/pages/1.png")
    assert (response.status_code, response.json()["code"]) == (503, ErrorCode.SERVICE_UNAVAILABLE)
    monkeypatch.setattr(beside, "_SECONDS", 60)
    assert api.get(f"/documents/{document}/pages/1.png").status_code == 200


def test_work_that_nobody_waits_for_is_ended(
    api: httpx.Client, document: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    monkeypatch.setattr(answer, "render", partial(hang, str(note)))
    with ThreadPoolExecutor(1) as threads, httpx.Client(base_url=api.base_url, headers=api.headers) as caller:
        asked = threads.submit(caller.get, f"/documents/{document}/text", timeout=4)
        until(lambda: note.exists() and note.read_text() != "")
        process = Path("/proc") / note.read_text()
        assert process.exists()
        with pytest.raises(httpx.ReadTimeout):
            asked.result()
    until(lambda: not process.exists())


def test_process_that_dies_is_a_problem_and_the_next_one_works(
    api: httpx.Client, document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(answer, "render", die)
        response = api.get(f"/documents/{document}/text")
    assert (response.status_code, response.json()["code"]) == (500, ErrorCode.PROCESSING_FAILED)
    assert api.get(f"/documents/{document}/text").status_code == 200


@pytest.mark.parametrize(
    "path", ["pages/0.png", "pages/x.png", "pages/1.png?boxes=all", "pages/1.png?width=15", "pages/1.png?width=10001"]
)
def test_what_cannot_be_asked_for_is_invalid(api: httpx.Client, document: str, path: str) -> None:
    response = api.get(f"/documents/{document}/{path}")
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


def test_page_of_sixty_megapixels_is_shown_whole(api: httpx.Client, shelf: Shelf) -> None:
    page = TEXT.pages[0].model_copy(update={"width": 10_000, "height": 6_000, "lines": ()})
    large = png(np.full((6_000, 10_000, 3), 255, np.uint8))
    id_ = shelf.enter()
    shelf.finish(id_, DocumentText(pages=(page,)), large)
    with api.stream("GET", f"/documents/{id_}/pages/1.png") as response:
        length = sum(len(chunk) for chunk in response.iter_bytes())
    assert (response.status_code, str(length)) == (200, response.headers["content-length"])
