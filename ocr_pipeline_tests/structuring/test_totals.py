import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.structuring.labelled_amounts import Labelled, label_amounts
from ocr_pipeline.structuring.layout import Row
from ocr_pipeline.structuring.totals import Parts, parts_of, ruled_total, total_scores
from ocr_pipeline_tests.structuring.typed import RECEIPT, RECHNUNG, typed_rows


def total_in(rows: list[Row]) -> Labelled | None:
    labelled = label_amounts(rows)
    return ruled_total(labelled, total_scores(labelled, rows))


def total_of(text: str) -> str | None:
    found = total_in(typed_rows(text))
    return str(found.value) if found else None


def parts_in(text: str) -> Parts:
    rows = typed_rows(text)
    total = total_in(rows)
    assert total is not None
    return parts_of(total, label_amounts(rows), rows)


def values(text: str) -> tuple[str | None, ...]:
    parts = parts_in(text)
    return *(part.value if part else None for part in (parts.subtotal, parts.tax)), total_of(text)


def test_a_receipt_with_rounding() -> None:
    assert values(RECEIPT) == ("15.10", "0.91", "16.00")


def test_a_german_invoice() -> None:
    assert values(RECHNUNG) == ("2300.00", "437.00", "2737.00")


@given(st.integers(1, 500_000), st.integers(0, 30), st.sampled_from(["RM", "$", ""]))
def test_sums_are_found_and_sure_when_they_agree(net: int, percent: int, mark: str) -> None:
    tax = net * percent // 100
    printed = [f"{mark}{cents / 100:.2f}" for cents in (net, tax, net + tax)]
    text = f"Subtotal     {printed[0]}\nTax          {printed[1]}\nTotal        {printed[2]}"
    assert total_of(text) == f"{(net + tax) / 100:.2f}"
    subtotal = parts_in(text).subtotal
    assert subtotal is not None
    assert subtotal.confidence > 0.9


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
        ("Dear Sir", None),
    ],
)
def test_the_total_by_what_speaks_for_it(text: str, total: str | None) -> None:
    assert total_of(text) == total


def test_what_adds_up_scores_more() -> None:
    scores = []
    for total in ("10.60", "19.60"):
        rows = typed_rows(f"Subtotal   10.00\nGST   0.60\nTotal   {total}")
        scores.append(max(total_scores(label_amounts(rows), rows)))
    assert scores[0] > scores[1]


def test_agreement_makes_the_parts_surer() -> None:
    agreeing, disagreeing = (
        parts_in(f"Subtotal   10.00\nGST   0.60\nTotal   {total}").tax for total in ("10.60", "19.60")
    )
    assert agreeing is not None
    assert disagreeing is not None
    assert agreeing.confidence > disagreeing.confidence


def test_of_subtotals_that_do_not_add_up_the_last_is_taken_and_of_taxes_the_first() -> None:
    assert values("Subtotal   3.00\nSubtotal   5.00\nGST   0.10\nGST   0.20\nTotal   9.00") == ("5.00", "0.10", "9.00")


def test_sums_begin_where_the_first_of_them_stands() -> None:
    assert typed_rows(RECEIPT)[parts_in(RECEIPT).first_row].text.startswith("Sub Total")
