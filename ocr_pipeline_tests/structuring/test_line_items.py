from ocr_pipeline.structuring.labelled_amounts import label_amounts
from ocr_pipeline.structuring.layout import Row
from ocr_pipeline.structuring.line_items import find_line_items
from ocr_pipeline.structuring.totals import parts_of
from ocr_pipeline_tests.structuring.test_totals import total_in
from ocr_pipeline_tests.structuring.typed import RECEIPT, RECHNUNG, typed_rows

Values = tuple[str | None, ...]


def sums_from(rows: list[Row]) -> int | None:
    total = total_in(rows)
    return parts_of(total, label_amounts(rows), rows).first_row if total else None


def items_of(text: str) -> list[Values]:
    rows = typed_rows(text)
    return [
        (
            item.description.value,
            *(part.value if part else None for part in (item.quantity, item.unit_price, item.amount)),
        )
        for item in find_line_items(rows, sums_from(rows))
    ]


def test_the_items_of_a_receipt() -> None:
    assert items_of(RECEIPT) == [("BLUE PEN", "3", "2.00", "6.00"), ("NOTEBOOK A5", "2", "4.55", "9.10")]


def test_the_items_of_a_german_invoice() -> None:
    assert items_of(RECHNUNG) == [
        ("Regal aus Eiche", "2", "1120.50", "2241.00"),
        ("Lieferung frei Haus", "1", "59.00", "59.00"),
    ]


def test_descriptions_in_a_row_above() -> None:
    text = "Item    Qty    Price    Amount\nHOT TEA\n        2 x    3.00     6.00 SR\nTotal                   6.00"
    assert items_of(text) == [("HOT TEA", "2", "3.00", "6.00")]


def test_descriptions_in_a_row_below() -> None:
    text = """
    Item    Qty    Price    Amount
    11028    1     150.00   150.00
    CEMENT BAG
    11046    2      80.00   160.00
    FINE SAND
    Total                   310.00
    """
    assert items_of(text) == [("CEMENT BAG", "1", "150.00", "150.00"), ("FINE SAND", "2", "80.00", "160.00")]


def test_sums_between_items_are_no_items() -> None:
    text = "Item    Qty    Amount\nBread    1    2.00\nTotal 0% supplies:    2.00\nCake    1    5.00\nTotal    7.00"
    assert [item[0] for item in items_of(text)] == ["Bread", "Cake"]


def test_goods_are_goods_whatever_words_their_names_hold() -> None:
    text = """
    Item              Qty    Price    Amount
    Ballpoint pens    2       3.00      6.00
    Master key        1       4.00      4.00
    Total                              10.00
    """
    assert [item[0] for item in items_of(text)] == ["Ballpoint pens", "Master key"]


def test_a_number_within_a_name_belongs_to_it() -> None:
    text = """
    Item               Qty    Price    Amount
    Toner 2600         2       3.00      6.00
    Pens pack of 12    1       4.00      4.00
    Total                               10.00
    """
    assert items_of(text) == [("Toner 2600", "2", "3.00", "6.00"), ("Pens pack of 12", "1", "4.00", "4.00")]


def test_a_quantity_that_does_not_multiply_out_is_less_sure() -> None:
    rows = typed_rows(
        "Item    Qty    Price    Amount\nBread    2    3.00    6.00\nMilk    2    3.00    7.00\nTotal    13.00"
    )
    bread, milk = find_line_items(rows, sums_from(rows))
    assert bread.amount is not None
    assert milk.amount is not None
    assert bread.amount.confidence > milk.amount.confidence


def test_no_table_no_items() -> None:
    assert items_of("Dear Sir,\nyou owe us\nTotal    7.00") == []
    assert items_of("Item    Qty    Amount") == []
