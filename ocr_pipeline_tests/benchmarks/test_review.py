from pathlib import Path

import cv2

from benchmarks.field_documents import Structured, judged
from benchmarks.review import review_curve, right_though_reviewed, wrong_though_accepted
from benchmarks.review_plot import review_plot
from benchmarks.review_report import curve, fields, reasons, states
from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.evaluation.calibration import reliability
from ocr_pipeline.settings import Settings
from ocr_pipeline_tests.structuring.typed import RECEIPT, typed
from ocr_pipeline_tests.validation.records import complete, field

SETTINGS = Settings(review_confidence=0.8)
TEXT = typed(RECEIPT)
LABELS = {"total": "11.90", "vendor_name": "Oak Bakery Ltd"}
DOCUMENTS = [
    Structured("right", LABELS, (complete(), TEXT)),
    Structured("unsure", LABELS, (complete(vendor_name=field("Oak Bakery Ltd", 0.6)), TEXT)),
    Structured("wrong", LABELS, (complete(vendor_name=field("Elm Bakery Ltd", 0.85)), TEXT)),
    Structured("impossible", LABELS, (complete(subtotal="99.00"), TEXT)),
    Structured("broken", LABELS, Rejection.of(ErrorCode.CORRUPT_FILE, detail="cut")),
]


def test_a_higher_threshold_accepts_fewer_and_surer_ones() -> None:
    points = review_curve(DOCUMENTS, SETTINGS, [0, 0.7, 0.88, 0.95])
    assert [(point.accepted, point.precision) for point in points] == [
        (3 / 5, 5 / 6),
        (2 / 5, 3 / 4),
        (1 / 5, 1),
        (0, None),
    ]


def test_what_is_judged_wrongly_is_named() -> None:
    results = [judged(document, SETTINGS) for document in DOCUMENTS]
    assert wrong_though_accepted(results) == ["wrong vendor_name (0.85): 'Elm Bakery Ltd' for 'Oak Bakery Ltd'"]
    assert right_though_reviewed(results) == ["unsure: low_confidence vendor_name", "impossible: sums_disagree total"]


def test_tables_say_what_became_of_the_documents() -> None:
    results = [judged(document, SETTINGS) for document in DOCUMENTS]
    assert "| all | 5 | 0.400 | 0.400 | 0.200 | 0.750 | 0.750 | 0.700 | 0.600 | " in states({"all": results})
    assert "| 0.8 | 0.400, 0.750 |" in curve({"all": review_curve(DOCUMENTS, SETTINGS, [n / 100 for n in range(101)])})
    assert "| vendor_name | 5 | 3 | 1 | 1 | 0.600 | 0.667 | 1.000 |" in fields(results, 0.8)
    assert "| low_confidence vendor_name | 1 | 1 | 1 |" in reasons(results)
    assert "| corrupt_file | 1 | 1 | 0 |" in reasons(results)


def test_the_curve_is_drawn(tmp_path: Path) -> None:
    bins = reliability([(0.55, False), (0.9, True), (0.95, True)])
    points = review_curve(DOCUMENTS, SETTINGS, [0, 0.5, 0.9, 1])
    review_plot({"set": bins, "all": bins}, {"set": points, "all": points}, 0.8, tmp_path / "review.png")
    picture = cv2.imread(str(tmp_path / "review.png"))
    assert picture is not None
    assert picture.shape[1] >= 1000
    assert picture.std() > 5
