import asyncio
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest
from fastapi import Request
from hypothesis import given
from hypothesis.strategies import text

from api.submission.uploads import received_files, safe_name
from ocr_pipeline_tests.api.servers import StandInDagster


@pytest.mark.parametrize("path", ["/ocr", "/batch"])
def test_largest_file_is_taken_and_a_larger_one_refused(
    serve: Callable[..., httpx.Client], dagster: StandInDagster, path: str
) -> None:
    api = serve(max_file_bytes=1000, wait_seconds=0)
    assert api.post(path, files={"file": ("a.jpg", b"x" * 1000)}).status_code == 202
    refused = api.post(path, files={"file": ("a.jpg", b"x" * 1001)})
    assert refused.status_code == 413
    assert refused.json()["code"] == "file_too_large"
    assert refused.json()["detail"] == "The file a.jpg has more than 1000 bytes; the limit is 1000."
    assert len(dagster.launched) == 1


def test_too_large_file_is_refused_before_its_end(serve: Callable[..., httpx.Client], token: str) -> None:
    url = serve(max_file_bytes=100_000).base_url
    with closing(HTTPConnection(url.host, url.port, timeout=5)) as connection:
        connection.putrequest("POST", "/ocr")
        connection.putheader("Authorization", f"Bearer {token}")
        connection.putheader("Content-Type", "multipart/form-data; boundary=x")
        connection.putheader("Content-Length", "1000000000")
        connection.endheaders()
        part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        connection.send(part + b"\0" * 200_000)
        assert connection.getresponse().status == 413


INVALID: dict[str, tuple[dict[str, Any], str]] = {
    "no body": ({}, "field `file`"),
    "json": ({"json": {"file": "a.jpg"}}, "multipart/form-data"),
    "no boundary": ({"headers": {"Content-Type": "multipart/form-data"}, "content": b"x"}, "boundary"),
    "broken": ({"headers": {"Content-Type": "multipart/form-data; boundary=x"}, "content": b"oops"}, "multipart"),
    "no parts": ({"headers": {"Content-Type": "multipart/form-data; boundary=x"}, "content": b"--x--\r\n"}, "no file"),
    "other field": ({"files": {"image": ("a.jpg", b"x")}}, "`image`"),
    "text in place of a file": ({"files": {"file": (None, "a.jpg")}}, "`file`"),
    "negative wait": ({"files": {"file": b"x"}, "params": {"wait": -1}}, "`wait`"),
    "wait in words": ({"files": {"file": b"x"}, "params": {"wait": "long"}}, "`wait`"),
    "endless wait": ({"files": {"file": b"x"}, "params": {"wait": "inf"}}, "`wait`"),
}


@pytest.mark.parametrize(("arguments", "named"), INVALID.values(), ids=INVALID)
def test_invalid_request_names_what_is_wrong(api: httpx.Client, arguments: dict[str, Any], named: str) -> None:
    response = api.post("/ocr", **arguments)
    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "invalid_request"
    assert named in response.json()["detail"]


def test_form_that_breaks_off_is_refused_whole(api: httpx.Client, dagster: StandInDagster) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\ncontent\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    for broken in (part + part, part + part + b"--x", part + part[:-9]):
        response = api.post("/batch", content=broken, headers=headers)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
        assert "breaks off" in response.json()["detail"]
    assert dagster.launched == []
    assert api.post("/batch", content=part + b"--x--", headers=headers).status_code == 202


@pytest.mark.parametrize("charset", ["idna", "unicode_escape", "utf-7", "no-such"])
def test_charset_of_the_form_changes_no_name(api: httpx.Client, charset: str) -> None:
    name = "\\ud800+2AA-é..pdf"
    part = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\nx\r\n--x--\r\n'.encode()
    headers = {"Content-Type": f"Multipart/Form-Data; boundary=x; charset={charset}"}
    response = api.post("/batch", content=part, headers=headers)
    assert response.status_code == 202, response.text
    assert response.json()["documents"][0]["file"] == name


@pytest.mark.parametrize(("most_files", "on_disk"), [(500, True), (100, False)])
def test_form_of_many_files_takes_little_memory(most_files: int, on_disk: bool) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n%s\r\n' % bytes(100_000)
    scope = {"type": "http", "headers": [(b"content-type", b"multipart/form-data; boundary=x")]}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": part * 100 + b"--x--\r\n"}

    async def are_on_disk() -> set[bool]:
        async with received_files(Request(scope, receive), ("files",), most_files, 100_000) as files:
            return {file._in_memory for file in files}

    assert asyncio.run(are_on_disk()) == {not on_disk}


def test_second_file_belongs_into_a_batch(api: httpx.Client) -> None:
    response = api.post("/ocr", files=[("file", ("a.jpg", b"x")), ("file", ("b.jpg", b"x"))])
    assert (response.status_code, response.json()["code"]) == (413, "too_many_files")


@pytest.mark.parametrize("name", ["Überweisung 1.pdf", "請求書.pdf", "a\x00b.pdf", 'quo"te.pdf', "x" * 300 + ".pdf"])
def test_odd_file_names_are_kept(api: httpx.Client, name: str) -> None:
    body = api.post("/batch", files={"files": (name, b"x")}).json()
    assert api.get(body["location"]).json()["documents"][0]["file"] == body["documents"][0]["file"]
    assert body["documents"][0]["file"].endswith(".pdf")


@pytest.mark.parametrize(
    ("disposition", "file"),
    [
        (b'filename="..\\\\..\\\\a.pdf"', "..\\..\\a.pdf"),
        (b'filename="/etc/a.pdf"', "/etc/a.pdf"),
        (b'filename="caf\xe9.pdf"', "café.pdf"),
        (b'filename="\xff\xfe.pdf"', "\xff\xfe.pdf"),
        (b'filename=""', "document"),
        (b'filename="' + b"x" * 300 + b'.pdf"', "x" * 251 + ".pdf"),
    ],
    ids=["backslashes", "path", "latin-1", "no text", "empty", "long"],
)
def test_odd_file_names_of_single_files(api: httpx.Client, disposition: bytes, file: str) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="file"; ' + disposition + b"\r\n\r\ncontent\r\n--x--\r\n"
    response = api.post(
        "/ocr",
        content=part,
        headers={"Content-Type": "multipart/form-data; boundary=x"},
        params={"wait": 0, "reuse": False},
    )
    assert response.status_code == 202
    assert api.get(response.headers["Location"]).json()["file"] == file


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("receipt.jpg", "receipt.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\scans\\A 1.PDF", "A_1.PDF"),
        ("請求書.pdf", "pdf"),
        ("..", "document"),
        ("x" * 300 + ".jpeg", "x" * 95 + ".jpeg"),
    ],
)
def test_safe_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(text())
def test_safe_name_is_one_short_path_part(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= 100
    assert safe.isascii()
    assert not set(safe) & set("/\\ \0")
    assert not safe.startswith(".")
