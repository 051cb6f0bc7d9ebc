import numpy as np
import pytest

from ocr_pipeline.documents.page_image import PageImage
from ocr_pipeline.imaging import files
from ocr_pipeline.imaging.normalize import normalize
from ocr_pipeline_tests.drawing import letter


def test_a_page_comes_back_all_but_the_same() -> None:
    page = normalize(PageImage(2, letter(angle=3)))
    data = files.encode(page)
    again = files.decode(data, page.info)
    assert data.startswith(b"\xff\xd8\xff")
    assert again.info == page.info
    assert again.pixels.shape == page.pixels.shape
    assert np.abs(again.pixels.astype(int) - page.pixels).mean() < 2


def test_colours_keep_their_order() -> None:
    page = normalize(PageImage(1, np.full((40, 30, 3), (10, 100, 200), np.uint8)))
    assert np.allclose(files.decode(files.encode(page), page.info).pixels[20, 15], (10, 100, 200), atol=5)


def test_names_sort_as_the_pages_do() -> None:
    info = normalize(PageImage(1, letter())).info
    names = [files.file_name(info.model_copy(update={"number": number})) for number in (1, 2, 10, 500)]
    assert len(set(names)) == 4
    assert names == sorted(names)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut"])
def test_what_is_no_picture_is_told_with_its_page(data: bytes) -> None:
    info = normalize(PageImage(7, letter())).info
    with pytest.raises(ValueError, match="page 7"):
        files.decode(data, info)
