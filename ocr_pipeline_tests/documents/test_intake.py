import dataclasses
import struct
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pymupdf
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from ocr_pipeline.documents.decode import UnreadableDocument, pages
from ocr_pipeline.documents.intake import Limits, read_raw
from ocr_pipeline.documents.model import RawDocument, Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.samples.bad import bad_files
from ocr_pipeline.samples.bad_guests import pdf_with_script
from ocr_pipeline.settings import Settings
from ocr_pipeline_tests.documents.conftest import Whole

LIMITS = Limits.of(Settings())
SIGNATURES = (b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*", b"II+\x00\x08\x00\x00\x00",
              b"RIFF\x10\x00\x00\x00WEBPVP8 ", b"%PDF-1.7\n")  # fmt: skip


def code_of(data: bytes, name: str, limits: Limits = LIMITS) -> ErrorCode | None:
    outcome = read_raw(data, name, limits)
    return outcome.code if isinstance(outcome, Rejection) else None


def picture(kind: str, size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, "white").save(buffer, kind, **options)
    return buffer.getvalue()


def pdf(width: float = 200, height: float = 200, **options: object) -> bytes:
    with pymupdf.open() as document:
        document.new_page(width=width, height=height).insert_text((20, 50), "Hello")
        return bytes(document.tobytes(**options))


def show_the_same(first: bytes, second: bytes, media_type: str) -> bool:
    before, after = ([page.pixels for page in pages(data, media_type, 50)] for data in (first, second))
    return len(before) == len(after) and all(map(np.array_equal, before, after))


def test_every_good_sample_is_accepted_with_its_pages(whole: Whole) -> None:
    for sample, data in whole:
        outcome = read_raw(data, sample.path.name, LIMITS)
        assert isinstance(outcome, RawDocument), (sample.id, outcome)
        assert (outcome.page_count, outcome.size) == (sample.pages, len(data))


def test_every_bad_file_is_rejected_for_its_own_reason(tmp_path: Path) -> None:
    for bad in bad_files(tmp_path):
        assert code_of(bad.path.read_bytes(), bad.path.name) == bad.code, bad.path.name


@pytest.mark.parametrize("name", ["scan.jpg", "scan", "scan.PNG", "scan.txt", "", "a/b\\c\0d.pdf"])
def test_a_picture_is_read_by_its_content_whatever_its_name(name: str) -> None:
    outcome = read_raw(picture("PNG"), name, LIMITS)
    assert isinstance(outcome, RawDocument)
    assert outcome.media_type == "image/png"


def test_an_office_file_is_named_for_what_it_is() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    outcome = read_raw(buffer.getvalue(), "offer.docx", LIMITS)
    assert isinstance(outcome, Rejection)
    assert outcome.code == ErrorCode.UNSUPPORTED_TYPE
    assert "officedocument" in outcome.message or "zip" in outcome.message
    assert code_of(b"<!DOCTYPE html><html></html>", "invoice.pdf") == ErrorCode.TYPE_MISMATCH
    assert code_of(picture("GIF"), "receipt.gif") == ErrorCode.UNSUPPORTED_TYPE


def test_a_pdf_that_opens_without_a_password_is_accepted_although_encrypted() -> None:
    owner_only = pdf(encryption=pymupdf.mupdf.PDF_ENCRYPT_AES_256, owner_pw="secret", user_pw="")
    assert code_of(owner_only, "a.pdf") is None
    closed = pdf(encryption=pymupdf.mupdf.PDF_ENCRYPT_AES_256, owner_pw="secret", user_pw="other")
    assert code_of(closed, "a.pdf") == ErrorCode.ENCRYPTED_PDF


def test_a_pdf_with_junk_around_it_is_accepted() -> None:
    assert code_of(b"\r\nX-Mail: scanner\r\n" + pdf() + b"\r\n\r\n\x00\x00", "a.pdf") is None


def test_a_pdf_with_a_damaged_table_of_contents_is_accepted() -> None:
    whole = pdf()
    assert code_of(whole.replace(b"startxref\n", b"startxref\n9"), "a.pdf") is None


def test_a_linearized_pdf_cut_short_is_noticed_although_its_first_part_ends_properly() -> None:
    start = b"%PDF-1.7\n1 0 obj\n<</Linearized 1/L 99999/N 1>>\nendobj\n"
    assert code_of(start + pdf()[9:], "a.pdf") == ErrorCode.TRUNCATED_FILE


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"max_file_bytes": 10}, ErrorCode.FILE_TOO_LARGE),
        ({"max_pages": 1}, ErrorCode.TOO_MANY_PAGES),
        ({"max_pixels": 2000}, ErrorCode.TOO_MANY_PIXELS),
    ],
)
def test_limits_are_those_of_the_settings(changed: dict[str, Any], code: ErrorCode) -> None:
    two_pages = picture("TIFF", save_all=True, append_images=[Image.new("RGB", (60, 40))])
    assert code_of(two_pages, "a.tif") is None
    assert code_of(two_pages, "a.tif", dataclasses.replace(LIMITS, **changed)) == code


def test_pdf_pages_are_measured_at_the_rendering_resolution() -> None:
    at_200 = dataclasses.replace(LIMITS, max_pixels=400_000)
    assert code_of(pdf(), "a.pdf", at_200) is None
    at_300 = dataclasses.replace(at_200, pdf_dpi=300)
    assert code_of(pdf(), "a.pdf", at_300) == ErrorCode.TOO_MANY_PIXELS


def test_an_absurd_page_and_a_giant_picture_drawn_inline_are_bombs() -> None:
    assert code_of(pdf(width=14_000, height=14_000), "a.pdf") == ErrorCode.DECOMPRESSION_BOMB
    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_text((20, 50), "Hello")
        drawing = b"q 100 0 0 100 0 0 cm BI /W 16000 /H 16000 /CS /G /BPC 1 /F /AHx ID 00> EI Q"
        document.update_stream(page.get_contents()[0], drawing)
        inline = bytes(document.tobytes())
    assert code_of(inline, "a.pdf") == ErrorCode.DECOMPRESSION_BOMB


def test_a_page_count_that_lies_is_not_believed() -> None:
    many = pdf().replace(b"/Count 1", b"/Count 90")
    assert code_of(many, "a.pdf") in {ErrorCode.CORRUPT_FILE, None}
    none = pdf().replace(b"/Kids[", b"/Nope[")
    assert code_of(none, "a.pdf") == ErrorCode.CORRUPT_FILE


def test_a_tiff_whose_pages_run_in_a_circle_is_corrupt() -> None:
    data = bytearray(picture("TIFF"))
    first = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, first)[0]
    struct.pack_into("<I", data, first + 2 + 12 * entries, first)
    assert code_of(bytes(data), "a.tif") == ErrorCode.CORRUPT_FILE


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_bytes_after_the_end_of_a_picture_do_no_harm(kind: str) -> None:
    assert code_of(picture(kind) + b"\x00 added by some camera " * 100, "a") is None


def test_picture_data_that_does_not_decode_is_corrupt_although_the_structure_is_right() -> None:
    tiff = picture("TIFF", compression="tiff_adobe_deflate")
    start_of_data = tiff.index(b"\x78")
    assert code_of(tiff[:start_of_data] + b"\x00" + tiff[start_of_data + 1 :], "a.tif") == ErrorCode.CORRUPT_FILE


def test_a_bomb_is_never_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ok, giant = Image.new("1", (60, 40)), Image.new("1", (20_000, 20_000))
    in_second_frame = BytesIO()
    ok.save(in_second_frame, "TIFF", save_all=True, append_images=[giant], compression="group4")
    bombs = [bad.path.read_bytes() for bad in bad_files(tmp_path) if bad.code == ErrorCode.DECOMPRESSION_BOMB]
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("decoded"))
    for bomb in (*bombs, in_second_frame.getvalue()):
        assert code_of(bomb, "a") == ErrorCode.DECOMPRESSION_BOMB


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp", "a.pdf"])
def test_a_file_cut_within_its_first_bytes_is_called_cut_short(name: str) -> None:
    kind = {"a.jpg": "JPEG", "a.png": "PNG", "a.tif": "TIFF", "a.webp": "WEBP", "a.pdf": "PDF"}[name]
    for length in (1, 2, 3, 20):
        assert code_of(picture(kind)[:length], name) == ErrorCode.TRUNCATED_FILE, length


@given(index=st.integers(0, 11), share=st.floats(0, 1))
@hypothesis_settings(max_examples=60, deadline=None)
def test_a_file_cut_anywhere_is_rejected_or_still_whole(whole: Whole, index: int, share: float) -> None:
    sample, data = whole[index]
    cut = data[: int(share * (len(data) - 1))]
    outcome = read_raw(cut, sample.path.name, LIMITS)
    if isinstance(outcome, Rejection):
        assert outcome.code in {ErrorCode.EMPTY_FILE, ErrorCode.TRUNCATED_FILE}
    else:
        assert show_the_same(data, cut, outcome.media_type)


@pytest.mark.parametrize("index", range(12))
def test_the_last_bytes_missing_are_noticed_or_do_no_harm(whole: Whole, index: int) -> None:
    sample, data = whole[index]
    for missing in (1, 2, 3, 6, 12, 40, 200):
        outcome = read_raw(data[:-missing], sample.path.name, LIMITS)
        if isinstance(outcome, Rejection):
            assert outcome.code == ErrorCode.TRUNCATED_FILE
        else:
            # The end mark of a PDF and a filling byte of a TIFF say nothing of their own.
            assert sample.path.suffix in {".pdf", ".tif"}
            assert missing <= 6
            assert show_the_same(data, data[:-missing], outcome.media_type)


@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp", "a.pdf"])
def test_a_file_cut_at_any_tenth_is_called_cut_short(name: str, tenth: int) -> None:
    kind = {"a.jpg": "JPEG", "a.png": "PNG", "a.tif": "TIFF", "a.webp": "WEBP"}.get(name)
    data = picture(kind, (600, 400)) if kind else pdf()
    code = code_of(data[: len(data) * tenth // 10], name)
    assert code == (ErrorCode.TRUNCATED_FILE if tenth else ErrorCode.EMPTY_FILE)


SMALL = (*(picture(kind) for kind in ("JPEG", "PNG", "TIFF", "WEBP")), pdf(), pdf_with_script())


@given(
    data=st.sampled_from(SMALL),
    other=st.sampled_from(SMALL),
    edits=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.binary(max_size=12)), max_size=5),
    end=st.integers(0, 400),
)
@hypothesis_settings(max_examples=300, deadline=None)
def test_mutated_files_never_raise(
    data: bytes, other: bytes, edits: list[tuple[float, float, bytes]], end: int
) -> None:
    """Parts are cut out, written over and moved in, and the end of another file is put behind."""
    for first, second, new in edits:
        start, stop = sorted((int(first * len(data)), int(second * min(len(data), 40))))
        data = data[:start] + new + data[stop:]
    outcome = read_raw(data + other[len(other) - end :], "a", LIMITS)
    assert isinstance(outcome, RawDocument | Rejection)


@given(start=st.sampled_from(SIGNATURES), rest=st.binary(max_size=400), name=st.text(max_size=12))
@hypothesis_settings(max_examples=150, deadline=None)
def test_random_bytes_never_raise(start: bytes, rest: bytes, name: str) -> None:
    assert isinstance(read_raw(start + rest, name, LIMITS), RawDocument | Rejection)


@given(
    index=st.integers(0, 11), flips=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), min_size=1, max_size=6)
)
@hypothesis_settings(max_examples=50, deadline=None)
def test_damaged_bytes_never_raise_anything_but_unreadable(
    whole: Whole, index: int, flips: list[tuple[float, int]]
) -> None:
    sample, data = whole[index]
    damaged = bytearray(data)
    for share, mask in flips:
        damaged[int(share * (len(data) - 1))] ^= mask
    small = dataclasses.replace(LIMITS, max_pixels=6_000_000)
    outcome = read_raw(bytes(damaged), sample.path.name, small)
    if isinstance(outcome, RawDocument) and outcome.page_count <= 3:
        try:
            list(pages(bytes(damaged), outcome.media_type, 50))
        except UnreadableDocument as error:
            assert error.code == ErrorCode.CORRUPT_FILE  # noqa: PT017 - either outcome is right
