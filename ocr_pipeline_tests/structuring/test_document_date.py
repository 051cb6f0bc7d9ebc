import pytest

from ocr_pipeline.kinds.languages import language_named
from ocr_pipeline.structuring.dates import dates_in
from ocr_pipeline.structuring.document_date import is_day_first, label_score, tells_order
from ocr_pipeline_tests.structuring.typed import typed_rows


@pytest.mark.parametrize(
    ("text", "scores"),
    [
        ("Invoice Date: 05/04/2018", [2]),
        ("Date: 05/04/2018", [1]),
        ("05/04/2018", [0]),
        ("Due Date: 05/04/2018", [-1]),
        ("Due Date: 01/05/2018    Invoice Date: 05/04/2018", [-1, 2]),
        ("Invoice Date   Due Date\n05/04/2018     01/05/2018", [2, -1]),
        ("Rechnung Nr. 12 vom 5.4.2018\nBestellung vom 1.3.2018", [2, -1]),
        ("Tel 05.22.95.66.66", []),
    ],
)
def test_what_labels_say_of_dates(text: str, scores: list[float]) -> None:
    rows = typed_rows(text)
    assert [label_score(found, rows) for row in rows for found in dates_in(row, day_first=True)] == scores


@pytest.mark.parametrize(
    ("text", "currency", "day_first"),
    [
        ("03/04/2018", None, True),
        ("Fremont, CA 94538\n03/04/2018", "USD", False),
        ("Fremont, CA 94538\n03/04/2018", "MYR", True),
        ("Fremont, CA 94538\n25/04/2018", "USD", True),
        ("12/25/2018", None, False),
    ],
)
def test_day_first_unless_clearly_american(text: str, currency: str | None, day_first: bool) -> None:
    assert is_day_first(typed_rows(text), currency) is day_first


@pytest.mark.parametrize(
    ("text", "currency", "language", "day_first"),
    [
        ("03/04/2018", None, "en-US", False),
        ("Fremont, CA 94538\n03/04/2018", "USD", "de", True),
        ("Fremont, CA 94538\n03/04/2018", "USD", "en", False),
        ("03/04/2018\n25/12/2018", None, "en-US", True),
    ],
)
def test_the_senders_language_settles_what_the_documents_dates_leave_open(
    text: str, currency: str | None, language: str, day_first: bool
) -> None:
    assert is_day_first(typed_rows(text), currency, language_named(language)) is day_first


@pytest.mark.parametrize(("language", "told"), [("en-US", True), ("de", True), ("en", False), (None, False)])
def test_whose_language_has_one_order_has_told_it(language: str | None, told: bool) -> None:
    assert tells_order(typed_rows("Date: 03/04/2018"), None, language_named(language)) is told
