import pytest

from ocr_pipeline.structuring.columns import Column, find_heading
from ocr_pipeline_tests.structuring.typed import RECEIPT, RECHNUNG, typed_rows


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (RECEIPT, [Column.DESCRIPTION, Column.QUANTITY, Column.UNIT_PRICE, Column.AMOUNT]),
        (RECHNUNG, [Column.OTHER, Column.DESCRIPTION, Column.QUANTITY, Column.UNIT_PRICE, Column.AMOUNT]),
        ("Item Qty Price Amount", [Column.DESCRIPTION, Column.QUANTITY, Column.UNIT_PRICE, Column.AMOUNT]),
        ("Item    Unit Price    GST %", [Column.DESCRIPTION, Column.UNIT_PRICE, Column.OTHER]),
    ],
)
def test_the_columns_of_a_heading(text: str, columns: list[Column]) -> None:
    heading = find_heading(typed_rows(text))
    assert heading is not None
    assert [column for column, _ in heading.columns] == columns


@pytest.mark.parametrize("text", ["Dear Sir", "Item Price 3.00", "Description    Code", "Total    Tax"])
def test_rows_that_are_no_heading(text: str) -> None:
    assert find_heading(typed_rows(text)) is None


def test_what_stands_under_which_heading() -> None:
    rows = typed_rows("Item          Qty     Amount\nBread          12       30.00     far away")
    heading = find_heading(rows)
    assert heading is not None
    assert [heading.column_of(cell) for cell in rows[1].cells] == [
        Column.DESCRIPTION,
        Column.QUANTITY,
        Column.AMOUNT,
        None,
    ]
    assert heading.is_under(rows[1].cells[2], Column.AMOUNT)
    assert not heading.is_under(rows[1].cells[0], Column.AMOUNT)
