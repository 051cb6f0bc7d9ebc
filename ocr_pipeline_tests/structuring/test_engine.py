from ocr_pipeline.settings import Settings
from ocr_pipeline.structuring.engine import VERSIONS, engine_name, load_engine


def test_an_engine_is_made_once() -> None:
    assert load_engine(Settings()) is load_engine(Settings())


def test_its_version_is_the_one_that_decides_on_stored_records() -> None:
    assert load_engine(Settings()).version == VERSIONS[engine_name(Settings())]
