from collections.abc import Callable

import httpx
import pytest

from api.app import create_app
from ocr_pipeline.documents.options import Options
from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.storage.ledger import Ledger

UPLOAD = {"file": ("receipt.jpg", b"some picture")}
DELIVERY_NOTE = DocumentKind(name="delivery_note", fields=())
NOTE = f"{__name__}:DELIVERY_NOTE"
WISHES = {"pages": "1-3,7-", "kind": "invoice", "language": "de", "engine": "easyocr"}


def test_what_is_asked_for_is_noted_with_the_document(api: httpx.Client, ledger: Ledger) -> None:
    hook = "https://example.com/hook"
    body = api.post("/ocr", files=UPLOAD, params={"wait": 0, "webhook": hook, **WISHES}).json()
    document = ledger.document(body["id"])
    assert document is not None
    assert document.options == Options.model_validate(WISHES)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pages", "0"),
        ("pages", "1;2"),
        ("pages", "1-3,"),
        ("pages", ",".join(["1"] * 60)),
        ("kind", "poem"),
        ("kind", ""),
        ("language", "xx"),
        ("language", "DE"),
        ("engine", "magic"),
        ("reuse", "perhaps"),
    ],
)
def test_what_there_is_not_is_refused(api: httpx.Client, name: str, value: str) -> None:
    response = api.post("/ocr", files=UPLOAD, params={name: value})
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert f"`{name}`" in response.json()["detail"]


@pytest.mark.parametrize("url", ["http://example.com/", "https://10.0.0.1/", "https://localhost/", "ftp://a.b", ""])
def test_webhook_that_may_not_be_called_is_refused(api: httpx.Client, url: str) -> None:
    response = api.post("/ocr", files=UPLOAD, params={"webhook": url})
    assert response.status_code == 422


def test_own_kind_may_be_asked_for(serve: Callable[..., httpx.Client], ledger: Ledger) -> None:
    api = serve(document_kinds=NOTE)
    response = api.post("/ocr", files=UPLOAD, params={"wait": 0, "kind": "delivery_note"})
    assert response.status_code == 202


def test_kinds_and_languages_of_the_installation_are_in_the_description(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_DOCUMENT_KINDS", NOTE)
    parameters = create_app().openapi()["paths"]["/ocr"]["post"]["parameters"]
    known = {parameter["name"]: parameter["schema"].get("anyOf", [{}])[0].get("enum") for parameter in parameters}
    assert known["kind"] == ["receipt", "invoice", "form", "delivery_note"]
    assert "de-AT" in known["language"]
    assert known["engine"] == ["ppocr", "easyocr"]
