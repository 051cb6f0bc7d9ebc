"""Two formats in one file are refused; what honest scanners and phones put into a file is not."""

import struct
from io import BytesIO

import pymupdf
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

from ocr_pipeline.documents.intake import read_raw
from ocr_pipeline.documents.model import RawDocument, Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.samples.bad_guests import and_zip, archive, gif_and_pdf, jpeg_and_pdf, picture_and_page
from ocr_pipeline_tests.documents.test_intake import LIMITS, code_of, pdf, picture

POLYGLOT = ErrorCode.POLYGLOT_FILE
KINDS = ["JPEG", "PNG", "TIFF", "WEBP"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_ends_in_a_zip_is_refused(kind: str) -> None:
    assert code_of(and_zip(picture(kind)), "a") == POLYGLOT
    commented = archive()[:-2] + struct.pack("<H", 5) + b"hello"
    assert code_of(picture(kind) + commented, "a") == POLYGLOT


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_with_a_pdf_or_a_page_with_a_script_behind_it_is_refused(kind: str) -> None:
    assert code_of(picture(kind) + pdf(), "a") == POLYGLOT
    assert code_of(picture_and_page(picture(kind)), "a") == POLYGLOT
    assert code_of(picture(kind) + b"<ScRiPt >alert(1)</script>", "a") == POLYGLOT


def test_a_picture_whose_first_bytes_begin_a_pdf_is_refused() -> None:
    assert code_of(jpeg_and_pdf(picture("JPEG"), pdf()), "a.jpg") == POLYGLOT
    with_comment = BytesIO()
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270] = "%PDF-1.7"
    Image.new("L", (4, 4)).save(with_comment, "TIFF", tiffinfo=tags)
    assert code_of(with_comment.getvalue(), "a.tif") == POLYGLOT


@pytest.mark.parametrize(
    "before",
    [b"\x7fELF\x02\x01\x01\x00\x00", b"MZ\x90\x00\x03", b"<html><script>1</script>", b"\xef\xbb\xbf <!DOCTYPE html>",
     b"#!/bin/sh\n", b"RIFF\x00\x00\x00\x00WAVE", b"PK\x03\x04", b"some text <script>x</script>"],
)  # fmt: skip
def test_a_pdf_that_begins_as_something_else_is_refused(before: bytes) -> None:
    assert code_of(before + pdf(), "a.pdf") == POLYGLOT
    assert code_of(gif_and_pdf(pdf()), "a.pdf") == POLYGLOT


@pytest.mark.parametrize("before", [picture("JPEG", (4, 4)), picture("PNG", (4, 4))])
def test_a_pdf_behind_a_small_picture_is_refused(before: bytes) -> None:
    outcome = read_raw(before + pdf(), "a.pdf", LIMITS)
    assert isinstance(outcome, Rejection)
    assert outcome.code == POLYGLOT
    assert "a PDF" in outcome.message


@pytest.mark.parametrize(
    "before",
    [b"\r\n\r\n", b"\xef\xbb\xbf", b"\x1b%-12345X@PJL ENTER LANGUAGE=PDF\r\n", b"MZ Versand GmbH\r\n", bytes(128),
     b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n", b"--boundary\r\nContent-Id: <scan@office>\r\n\r\n"],
)  # fmt: skip
def test_junk_before_and_after_a_pdf_passes(before: bytes) -> None:
    assert code_of(before + pdf() + b"\r\n--boundary--\r\n\x00\x00", "a.pdf") is None


def test_attachments_of_a_pdf_pass_even_archives() -> None:
    with pymupdf.open() as document:
        document.new_page().insert_text((20, 50), "Hello")
        document.embfile_add("factur-x.xml", b"<?xml version='1.0'?><script>no</script>")
        document.embfile_add("all.zip", archive())
        assert code_of(bytes(document.tobytes(deflate=False)), "a.pdf") is None


def test_what_phones_put_behind_a_photo_passes() -> None:
    second, film = picture("JPEG", (30, 20)), struct.pack(">I4s4sI", 16, b"ftyp", b"mp42", 0) + bytes(range(256)) * 40
    for behind in (second, film, second + film, b"MotionPhoto_Data" + film):
        assert code_of(picture("JPEG") + behind, "a.jpg") is None


def test_several_pictures_and_a_thumbnail_in_one_jpeg_pass() -> None:
    buffer = BytesIO()
    Image.new("RGB", (60, 40)).save(buffer, "MPO", save_all=True, append_images=[Image.new("RGB", (60, 40), "red")])
    assert code_of(buffer.getvalue(), "a.jpg") is None
    exif = Image.Exif()
    exif[270] = "A page about <html> and the %PDF-1.7 header".ljust(60_000, " ")
    late = BytesIO()
    Image.new("RGB", (60, 40)).save(late, "JPEG", exif=exif, comment=b" " * 2000 + b"%PDF-1.7")
    assert code_of(late.getvalue().replace(b"the %PDF", b"the pdf "), "a.jpg") is None


def test_the_last_record_of_a_zip_alone_is_no_archive() -> None:
    empty = b"PK\x05\x06" + bytes(18)
    no_directory = b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 1, 1, 46, 0, 0)
    for end in (empty, no_directory, archive() + b"\x00", archive()[:-1]):
        assert code_of(picture("PNG") + end, "a.png") is None


@given(tail=st.lists(st.sampled_from([b"PK\x05\x06", b"PK\x01\x02", b"\x01\x00", b"\x00\x00", b"xyz"]), max_size=40))
@hypothesis_settings(max_examples=200, deadline=None)
def test_broken_ends_of_archives_never_raise(tail: list[bytes]) -> None:
    outcome = read_raw(picture("PNG", (4, 4)) + b"".join(tail), "a", LIMITS)
    assert isinstance(outcome, RawDocument) or outcome.code == POLYGLOT
