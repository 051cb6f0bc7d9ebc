"""Files made to hurt cost intake next to nothing: measured in a process of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pymupdf
import pytest
from PIL import Image

from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.samples.bad import bad_files
from ocr_pipeline_tests.documents.test_intake import code_of, picture

_MEASURE = """
import json, resource, sys, time
from pathlib import Path
from ocr_pipeline.documents.intake import Limits, read_raw
from ocr_pipeline.settings import Settings

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

limits = Limits.of(Settings())
read_raw(b"%PDF-1.7", "a.pdf", limits)
for path in map(Path, sys.argv[1:]):
    data = path.read_bytes()
    before, start = peak(), time.process_time()
    outcome = read_raw(data, path.name, limits)
    print(json.dumps([path.name, outcome.code, time.process_time() - start, peak() - before]))
"""


def unpacking_pdf() -> bytes:
    """A page whose drawing commands are 70 million blanks."""
    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_text((20, 50), "Hello")
        document.update_stream(page.get_contents()[0], b" " * 70_000_000)
        return bytes(document.tobytes(deflate=True))


def endless_pdf() -> bytes:
    """A drawing of ten drawings, each of ten drawings, and so on twelve times."""
    with pymupdf.open() as document:
        page = document.new_page()
        inner = "<<>>"
        for _ in range(12):
            xref = document.get_new_xref()
            document.update_object(xref, f"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources{inner}>>")
            document.update_stream(xref, b"/X Do " * 10)
            inner = f"<</XObject<</X {xref} 0 R>>>>"
        page.insert_text((20, 50), "Hello")
        document.xref_set_key(page.xref, "Resources", inner)
        document.update_stream(page.get_contents()[0], b"/X Do")
        return bytes(document.tobytes())


def pdf_of_10_000_pages() -> bytes:
    with pymupdf.open() as document:
        document.new_page(width=200, height=200)
        page, tree = document.page_xref(0), document.xref_get_key(document.pdf_catalog(), "Pages")[1]
        first = int(document.get_new_xref())
        for xref in range(first, first + 9_999):
            document.get_new_xref()
            document.update_object(xref, document.xref_object(page))
        kids = " ".join(f"{xref} 0 R" for xref in (page, *range(first, first + 9_999)))
        document.update_object(int(tree.split()[0]), f"<</Type/Pages/Count 10000/Kids[{kids}]>>")
        return bytes(document.tobytes())


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of the peak memory")
def test_hostile_files_are_refused_within_seconds_and_little_memory(tmp_path: Path) -> None:
    expected = {bad.path: bad.code for bad in bad_files(tmp_path)}
    for name, code, data in (
        ("pages-10000.pdf", ErrorCode.TOO_MANY_PAGES, pdf_of_10_000_pages()),
        ("unpacks.pdf", ErrorCode.DECOMPRESSION_BOMB, unpacking_pdf()),
        ("endless.pdf", ErrorCode.DECOMPRESSION_BOMB, endless_pdf()),
    ):
        (tmp_path / name).write_bytes(data)
        expected[tmp_path / name] = code
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *expected],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    measured = [json.loads(line) for line in done.stdout.splitlines()]
    assert {name: code for name, code, _, _ in measured} == {path.name: code for path, code in expected.items()}
    for name, _, seconds, megabytes in measured:
        assert seconds < 5, name
        assert megabytes < 300, name


def test_a_jpeg_of_countless_scans_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    jpeg = picture("JPEG", progressive=True)
    last = jpeg.rindex(b"\xff\xda")
    assert code_of(jpeg[:-2] + jpeg[last:-2] * 100 + jpeg[-2:], "a.jpg") is None
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("decoded"))
    assert code_of(jpeg[:-2] + jpeg[last:-2] * 1000 + jpeg[-2:], "a.jpg") == ErrorCode.CORRUPT_FILE


def test_what_an_attachment_unpacks_to_does_not_matter() -> None:
    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_text((20, 50), "Hello")
        document.embfile_add("zeros.bin", bytes(70_000_000))
        assert code_of(bytes(document.tobytes(deflate=True)), "a.pdf") is None
