from io import BytesIO

import numpy as np
import pymupdf
import pytest
from PIL import Image

from ocr_pipeline.documents.decode import UnreadableDocument, pages
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline_tests.documents.conftest import Whole

MEDIA_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".tif": "image/tiff", ".webp": "image/webp",
               ".pdf": "application/pdf"}  # fmt: skip


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def only_page(data: bytes, media_type: str) -> Pixels:
    (page,) = pages(data, media_type, 72)
    assert page.number == 1
    assert page.pixels.dtype == np.uint8
    assert page.pixels.ndim == 3
    return page.pixels


def test_all_samples_decode_to_ink_on_light_paper(whole: Whole) -> None:
    for sample, data in whole:
        decoded = list(pages(data, MEDIA_TYPES[sample.path.suffix], 72))
        assert [page.number for page in decoded] == list(range(1, sample.pages + 1))
        for page in decoded:
            assert page.pixels.shape[0] > page.pixels.shape[1], "upright, the one held sideways included"
            assert np.percentile(page.pixels, 1) + 40 < np.median(page.pixels)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_picture_becomes_bgr(mode: str) -> None:
    image = Image.new("RGB", (8, 6), "white")
    image.putpixel((2, 1), (0, 0, 0))
    if mode == "I;16":
        converted = Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257)
    else:
        converted = image.convert(mode)
    kind, media_type = ("TIFF", "image/tiff") if mode == "CMYK" else ("PNG", "image/png")
    pixels = only_page(saved(converted, kind), media_type)
    assert pixels.shape == (6, 8, 3)
    assert pixels[1, 2].tolist() == [0, 0, 0]
    assert pixels[0, 0].tolist() == [255, 255, 255]


def test_colours_are_in_the_order_blue_green_red() -> None:
    red = Image.new("RGB", (8, 6), (255, 0, 0))
    assert only_page(saved(red, "PNG"), "image/png")[0, 0].tolist() == [0, 0, 255]
    blue, green, full_red = only_page(saved(red, "PDF"), "application/pdf")[3, 4].tolist()
    assert full_red > 240
    assert max(blue, green) < 15


def test_transparency_becomes_white_paper() -> None:
    clear = Image.new("RGBA", (8, 6), (0, 0, 0, 0))
    assert only_page(saved(clear, "PNG"), "image/png").min() == 255
    palette = Image.new("P", (8, 6), 0)
    assert only_page(saved(palette, "PNG", transparency=0), "image/png").min() == 255


def test_exif_orientation_is_applied() -> None:
    image = Image.new("RGB", (8, 4), "white")
    image.paste("black", (0, 0, 4, 4))
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = only_page(saved(image, "JPEG", exif=exif, quality=100), "image/jpeg")
    assert pixels.shape == (8, 4, 3)
    assert pixels[:3].max() < 60
    assert pixels[5:].min() > 200


def test_pages_of_a_tiff_come_in_turn_and_may_differ() -> None:
    first, second = Image.new("L", (8, 6), 255), Image.new("RGB", (4, 9), (0, 0, 0))
    decoded = list(pages(saved(first, "TIFF", save_all=True, append_images=[second]), "image/tiff", 200))
    assert [page.pixels.shape for page in decoded] == [(6, 8, 3), (9, 4, 3)]


def test_a_pdf_page_is_rendered_as_it_is_shown() -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=144, height=72)
        page.draw_rect(pymupdf.Rect(0, 0, 72, 72), fill=(0, 0, 0))
        page.set_rotation(90)
        data = bytes(document.tobytes())
    (rendered,) = pages(data, "application/pdf", 100)
    assert rendered.pixels.shape == (200, 100, 3)
    assert rendered.pixels[20:80, 20:80].max() == 0
    assert rendered.pixels[120:180].min() == 255


def test_pages_are_decoded_one_at_a_time() -> None:
    broken = bytearray(saved(Image.new("L", (8, 6)), "TIFF", save_all=True, append_images=[Image.new("L", (9, 9))]))
    stream = pages(bytes(broken), "image/tiff", 200)
    assert next(stream).number == 1
    assert next(stream).number == 2
    assert next(stream, None) is None


def test_what_cannot_be_decoded_after_all_is_unreadable() -> None:
    for media_type in MEDIA_TYPES.values():
        with pytest.raises(UnreadableDocument, match="page 1"):
            list(pages(b"no document at all", media_type, 200))


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnreadableDocument):
        list(pages(b"%PDF-1.7\nbroken 1 0 obj << >> endobj", "application/pdf", 200))
    assert capfd.readouterr() == ("", "")
