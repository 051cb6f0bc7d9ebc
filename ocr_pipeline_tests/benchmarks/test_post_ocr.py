"""The benchmark of POST /ocr, as far as it needs no running stack."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.post_ocr import Seconds, summary, with_note
from ocr_pipeline.documents.intake import Limits, read_raw
from ocr_pipeline.documents.model import RawDocument
from ocr_pipeline.settings import Settings


@pytest.mark.parametrize("extension", [".jpg", ".png"])
def test_a_note_makes_other_bytes_of_the_same_picture(extension: str, tmp_path: Path) -> None:
    page = np.random.default_rng(0).integers(0, 256, (300, 200, 3), np.uint8)
    data = cv2.imencode(extension, page)[1].tobytes()

    noted = with_note(data, b"a note")

    assert hashlib.sha256(noted).digest() != hashlib.sha256(data).digest()
    before, after = (
        np.asarray(cv2.imdecode(np.frombuffer(each, np.uint8), cv2.IMREAD_COLOR)) for each in (data, noted)
    )
    assert np.array_equal(before, after)
    assert isinstance(read_raw(noted, f"page{extension}", Limits.of(Settings())), RawDocument)


def test_medians_and_their_ratio() -> None:
    measured = [Seconds(0.3, 0.2), Seconds(0.4, 0.2), Seconds(9.0, 0.3)]
    assert summary(measured) == {
        "files": 3,
        "median request": 0.4,
        "median stages": 0.2,
        "ratio of the medians": 2.0,
        "median of the ratios": 2.0,
    }
