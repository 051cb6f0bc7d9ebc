import pytest

from ocr_pipeline.recognition.engine import EngineName, load_engine


@pytest.mark.parametrize("name", ["ppocr", "easyocr"])
def test_an_engine_is_chosen_by_name_and_loaded_once(name: EngineName) -> None:
    engine = load_engine(name)
    assert engine.name == name
    assert load_engine(name) is engine
