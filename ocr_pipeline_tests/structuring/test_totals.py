import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.structuring.totals import Totals, find_totals
from ocr_pipeline_tests.structuring.typed import RECEIPT, RECHNUNG, typed_rows


def values(found: Totals) -> tuple[str | None, ...]:
    return tuple(field.value if field else None for field in (found.subtotal, found.tax, found.total))


def test_a_receipt_with_rounding() -> None:
    assert values(find_totals(typed_rows(RECEIPT))) == ("15.10", "0.91", "16.00")


def test_a_german_invoice() -> None:
    assert values(find_totals(typed_rows(RECHNUNG))) == ("2300.00", "437.00", "2737.00")


@given(st.integers(1, 500_000), st.integers(0, 30), st.sampled_from(["RM", "$", ""]))
def test_sums_are_found_and_sure_when_they_agree(net: int, percent: int, mark: str) -> None:
    tax = net * percent // 100
    printed = [f"{mark}{cents / 100:.2f}" for cents in (net, tax, net + tax)]
    found = find_totals(typed_rows(f"Subtotal     {printed[0]}\nTax          {printed[1]}\nTotal        {printed[2]}"))
    assert found.total is not None
    assert found.total.value == f"{(net + tax) / 100:.2f}"
    assert found.total.confidence > 0.5


def test_agreement_makes_the_total_surer() -> None:
    agreeing = find_totals(typed_rows("Subtotal   10.00\nGST   0.60\nTotal   10.60")).total
    disagreeing = find_totals(typed_rows("Subtotal   10.00\nGST   0.60\nTotal   19.60")).total
    assert agreeing is not None
    assert disagreeing is not None
    assert agreeing.confidence > disagreeing.confidence


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("Bread     3.00\nMilk     2.00\n     5.00\nCash     10.00\nChange     5.00", "5.00"),
        ("Subtotal     28.70\nCash     100.00", "28.70"),
        ("Total\n     7.20", "7.20"),
        ("Total Qty: 3     14.20\nTotal     14.20\nCash     20.00", "14.20"),
        ("TOTAL     50.00\nGST Summary    Amount    Tax\nTotal     47.17     2.83", "50.00"),
        ("Total     9.98\nRounding     0.02\nTotal     10.00", "10.00"),
        ("Total incl. VAT     -12.00", "-12.00"),
        ("Parking 4.50", "4.50"),
    ],
)
def test_the_total_by_what_speaks_for_it(text: str, total: str) -> None:
    found = find_totals(typed_rows(text)).total
    assert found is not None
    assert found.value == total


def test_a_guess_is_less_sure_than_a_label() -> None:
    guess, labelled = (find_totals(typed_rows(text)).total for text in ("Parking   4.50", "Total   4.50"))
    assert guess is not None
    assert labelled is not None
    assert guess.confidence < 0.5 < labelled.confidence


def test_no_amounts_no_total() -> None:
    assert find_totals(typed_rows("Dear Sir")) == Totals(None, None, None, None)


def test_sums_begin_where_the_first_of_them_stands() -> None:
    rows = typed_rows(RECEIPT)
    assert rows[find_totals(rows).first_row or 0].text.startswith("Sub Total")
