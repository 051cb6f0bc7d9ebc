import pytest

from ocr_pipeline.structuring.document_date import find_date, is_day_first
from ocr_pipeline_tests.structuring.typed import RECHNUNG, typed_rows


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Date: 05/04/2018", "2018-04-05"),
        ("Due Date: 01/05/2018    Invoice Date: 05/04/2018", "2018-04-05"),
        ("Invoice Date   Due Date\n05/04/2018     01/05/2018", "2018-04-05"),
        ("Rechnung Nr. 12 vom 5.4.2018\nBestellung vom 1.3.2018", "2018-04-05"),
        ("Printed 05/04/2018 10:00\nPrinted 06/04/2018", "2018-04-05"),
        ("Tel 05.22.95.66.66\nLe 05/04/2018", "2018-04-05"),
    ],
)
def test_the_date_by_its_label(text: str, value: str) -> None:
    found = find_date(typed_rows(text), day_first=True)
    assert found is not None
    assert found.value == value


def test_of_a_german_invoice_the_date_of_the_invoice_is_taken() -> None:
    found = find_date(typed_rows(RECHNUNG), day_first=True)
    assert found is not None
    assert found.value == "2021-03-09"
    assert found.evidence.words == ("09.03.2021",)


def test_no_date() -> None:
    assert find_date(typed_rows("Total 12.50"), day_first=True) is None


def test_a_label_makes_surer() -> None:
    labelled, due = (find_date(typed_rows(f"{label}: 05/04/2018"), True) for label in ("Invoice date", "Due date"))
    assert labelled is not None
    assert due is not None
    assert labelled.confidence > due.confidence


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
