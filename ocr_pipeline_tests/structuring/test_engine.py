import pytest

from ocr_pipeline.structuring.engine import VERSIONS, load_engine


def test_an_engine_is_made_once() -> None:
    assert load_engine("cpu") is load_engine("cpu")
    assert load_engine("cpu").name == "cpu"


def test_its_version_is_the_one_that_decides_on_stored_records() -> None:
    assert load_engine("cpu").version == VERSIONS["cpu"]


def test_other_names_are_refused() -> None:
    with pytest.raises(ValueError, match="oracle"):
        load_engine("oracle")
