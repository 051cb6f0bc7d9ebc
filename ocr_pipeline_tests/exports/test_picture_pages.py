"""Pictures become pages that show what `documents.decode` finds in them."""

from io import BytesIO

import numpy as np
import pymupdf
import pytest
from PIL import Image

from ocr_pipeline.documents import decode, sniff
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.exports.picture_pages import picture_pages
from ocr_pipeline.samples import files
from ocr_pipeline_tests.drawing import drawn

PAGE = drawn(300, 200, (20, 20, "Total"), (120, 120, "12.50")).pixels


def rendered(page: pymupdf.Page, like: Pixels) -> Pixels:
    """The page with as many pixels as the picture that it shows."""
    height, width = like.shape[:2]
    picture = page.get_pixmap(matrix=pymupdf.Matrix(width / page.rect.width, height / page.rect.height), alpha=False)
    rgb = np.frombuffer(picture.samples, np.uint8).reshape(picture.height, picture.width, 3)
    return rgb[:, :, ::-1]


def shown(data: bytes, media_type: str) -> list[tuple[Pixels, Pixels]]:
    """Of every page, what it shows and what should be shown."""
    with picture_pages(data, media_type, 200) as document:
        originals = list(decode.pages(data, media_type, 200))
        assert document.page_count == len(originals)
        return [(rendered(document[page.number - 1], page.pixels), page.pixels) for page in originals]


def saved(kind: str, orientation: int = 1, **options: object) -> bytes:
    buffer = BytesIO()
    if orientation > 1:
        options["exif"] = exif = Image.Exif()
        exif[0x0112] = orientation
    Image.fromarray(PAGE).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright(orientation: int) -> None:
    for kind, media_type, tolerance in (("JPEG", sniff.JPEG, 40), ("PNG", sniff.PNG, 0)):
        [(found, expected)] = shown(saved(kind, orientation), media_type)
        assert found.shape == expected.shape
        assert np.abs(found.astype(int) - expected).max() <= tolerance


def test_the_bytes_of_a_jpeg_go_in_as_they_are() -> None:
    for data in (files.jpeg(PAGE, 80, 150), files.jpeg_held_sideways(PAGE, 80)):
        with picture_pages(data, sniff.JPEG, 200) as document:
            assert document.xref_stream_raw(document[0].get_images()[0][0]) == data


def test_every_page_of_a_fax_is_there_in_black_and_white() -> None:
    data = files.fax_tiff([PAGE, PAGE[::-1]], 200)
    assert all(np.array_equal(found, expected) for found, expected in shown(data, sniff.TIFF))
    with picture_pages(data, sniff.TIFF, 200) as document:
        assert document.get_page_images(0)[0][4] == 1, "bit a pixel"


def test_webp_is_shown_nearly_as_it_is() -> None:
    [(found, expected)] = shown(files.webp(PAGE, 90), sniff.WEBP)
    assert np.abs(found.astype(int) - expected).mean() < 2


@pytest.mark.parametrize("dpi", [(150, 150), (204, 98)])
def test_a_page_is_as_large_as_the_resolution_says(dpi: tuple[int, int]) -> None:
    with picture_pages(saved("JPEG", dpi=dpi), sniff.JPEG, 200) as document:
        assert tuple(document[0].rect)[2:] == pytest.approx((300 * 72 / dpi[0], 200 * 72 / dpi[1]), abs=0.1)
    with picture_pages(saved("JPEG", orientation=6, dpi=dpi), sniff.JPEG, 200) as document:
        assert tuple(document[0].rect)[2:] == pytest.approx((200 * 72 / dpi[1], 300 * 72 / dpi[0]), abs=0.1)


@pytest.mark.parametrize("data", [saved("JPEG"), saved("JPEG", dpi=(1, 1))])
def test_without_a_believable_resolution_ours_counts(data: bytes) -> None:
    with picture_pages(data, sniff.JPEG, 100) as document:
        assert tuple(document[0].rect)[2:] == pytest.approx((216, 144))


def test_no_page_is_larger_than_viewers_open() -> None:
    data = files.jpeg(np.full((10, 20_000, 3), 255, np.uint8), 80, 72)
    with picture_pages(data, sniff.JPEG, 200) as document:
        assert document[0].rect.width == pytest.approx(14_400)
