import pytest

from ocr_pipeline.structuring.invoice_number import find_invoice_number
from ocr_pipeline_tests.structuring.typed import typed_rows


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Invoice No: CS00012345", "CS00012345"),
        ("INV NO.: 1030720 Cashier: Ann", "1030720"),
        ("Invoice INV/2023/03/0008", "INV/2023/03/0008"),
        ("Rechnungsnummer:   HA-2021-0815", "HA-2021-0815"),
        ("Rechnung # RE-20170509/505 von 09.05.2017", "RE-20170509/505"),
        ("Handelsrechnung (380) Nr. 471102 vom 05.06.2018", "471102"),
        ("Facture n°562044387 du 02 Juillet 2015", "562044387"),
        ("Receipt #: CS10031697   Table: 10", "CS10031697"),
        ("Bill No   POS/27408", "POS/27408"),
        ("Order   Invoice No   Date\nO-17    VF100519     8-9-2022", "VF100519"),
        ("Receipt No: 111\nTax Invoice No: 222", "222"),
    ],
)
def test_numbers_by_their_labels(text: str, value: str) -> None:
    found = find_invoice_number(typed_rows(text))
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize("text", ["TAX INVOICE", "Invoice Date: 05/04/2018", "Order 4711", "Invoice 05.04.2018", ""])
def test_no_number(text: str) -> None:
    assert find_invoice_number(typed_rows(text or "-")) is None
