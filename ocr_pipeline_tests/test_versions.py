from typing import Any, get_args

import pytest

from ocr_pipeline import versions
from ocr_pipeline.settings import Settings
from ocr_pipeline.versions import Stage, stage_versions

STAGES: list[Stage] = list(get_args(Stage))


def changed(**changes: Any) -> list[Stage]:
    before, after = stage_versions(Settings()), stage_versions(Settings(**changes))
    return [stage for stage in STAGES if before[stage] != after[stage]]


def test_the_same_settings_have_the_same_versions() -> None:
    assert stage_versions(Settings()) == stage_versions(Settings())
    assert list(stage_versions(Settings())) == STAGES
    assert all(len(version) == 12 and int(version, 16) >= 0 for version in stage_versions(Settings()).values())


def test_a_change_recomputes_from_its_stage_on_and_nothing_before() -> None:
    assert changed(pdf_dpi=150) == STAGES
    assert changed(recognition_engine="easyocr") == STAGES[STAGES.index("ocr_text") :]
    assert changed(pdf_text_layer=False) == STAGES[STAGES.index("ocr_text") :]
    assert changed(review_confidence=0.9) == ["validated_tables"]


def test_settings_that_change_no_output_recompute_nothing() -> None:
    assert changed(batch_size=3, batch_workers=9, threads=4, s3_bucket="other", wait_seconds=1, api_port=1) == []


def test_another_release_of_a_library_recomputes(monkeypatch: pytest.MonkeyPatch) -> None:
    before = stage_versions(Settings())
    monkeypatch.setattr(versions, "version", lambda library: "99" if library == "rapidocr" else "1")
    with_new_library = stage_versions(Settings())
    assert with_new_library["normalized_images"] == before["normalized_images"]
    assert with_new_library["ocr_text"] != before["ocr_text"]


def test_new_code_of_a_stage_recomputes(monkeypatch: pytest.MonkeyPatch) -> None:
    before = stage_versions(Settings())
    monkeypatch.setitem(versions._CODE, "structured_records", "next")
    after = stage_versions(Settings())
    assert [before[stage] == after[stage] for stage in before] == [True, True, True, False, False]
