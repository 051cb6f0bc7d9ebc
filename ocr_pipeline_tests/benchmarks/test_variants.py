from benchmarks.variants import BOTH, SKEWED, TURNED, losses
from ocr_pipeline.recognition.engine import load_engine

RECEIPT, LETTER = 3, 8


def test_turned_and_skewed_pages_are_read_as_well_as_clean_ones() -> None:
    clean, *variants = losses(load_engine("ppocr"), (RECEIPT, LETTER), TURNED + SKEWED + BOTH)
    assert clean.word_f1 > 0.9
    assert {variant.variant: variant.loss for variant in variants if variant.loss > 0.03} == {}
