import pytest

from ocr_pipeline.structuring.labelled_amounts import label_amounts
from ocr_pipeline.structuring.labels import Role
from ocr_pipeline_tests.structuring.typed import RECEIPT, typed_rows


def roles(text: str) -> list[tuple[str, Role | None]]:
    return [(str(item.value), item.role) for item in label_amounts(typed_rows(text))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Total   5.00", [("5.00", Role.TOTAL)]),
        ("Total\n        5.00", [("5.00", Role.TOTAL)]),
        ("Bread   5.00", [("5.00", None)]),
        ("Subtotal 4.00   Tax 1.00", [("4.00", Role.SUBTOTAL), ("1.00", Role.TAX)]),
        ("Qty: 1    Total    11.60", [("11.60", Role.TOTAL)]),
        ("Change   -4.00", [("-4.00", Role.CHANGE)]),
    ],
)
def test_amounts_are_what_the_words_beside_or_above_them_say(text: str, found: list[tuple[str, Role | None]]) -> None:
    assert roles(text) == found


def test_a_total_in_a_table_of_tax_rates_is_known_as_such() -> None:
    found = label_amounts(typed_rows(RECEIPT))
    assert [str(item.value) for item in found if item.role is Role.TOTAL and not item.in_tax_table] == ["16.00"]
    assert {str(item.value) for item in found if item.in_tax_table} == {"15.10", "0.91"}


def test_a_label_that_amounts_share_is_nobodys_alone() -> None:
    assert [item.alone for item in label_amounts(typed_rows("Total   5.00   6.00\nTotal   7.00"))] == [
        False,
        False,
        True,
    ]
