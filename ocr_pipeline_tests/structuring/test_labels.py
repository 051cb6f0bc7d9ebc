import pytest

from ocr_pipeline.structuring.labels import Role, is_final_total, opens_tax_table, role_of, squash


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("TOTAL", Role.TOTAL),
        ("Tota1:", Role.TOTAL),
        ("TotalSales(Inclusive of GST)", Role.TOTAL),
        ("NET TOTAL", Role.TOTAL),
        ("Amount Due", Role.TOTAL),
        ("Gesamtbetrag", Role.TOTAL),
        ("Rechnungssumme Brutto (inkl. USt.)", Role.TOTAL),
        ("Total TTC", Role.TOTAL),
        ("Sub Total", Role.SUBTOTAL),
        ("Total (Excluding GST)", Role.SUBTOTAL),
        ("Zwischensumme", Role.SUBTOTAL),
        ("Nettobetrag", Role.SUBTOTAL),
        ("GST 6%", Role.TAX),
        ("Total GST", Role.TAX),
        ("zzgl. 19 % MwSt.", Role.TAX),
        ("Umsatzsteuer", Role.TAX),
        ("Rounding Adj", Role.ROUNDING),
        ("Rounded Total (RM)", Role.TOTAL),
        ("CASH", Role.PAYMENT),
        ("Change", Role.CHANGE),
        ("Discount", Role.DISCOUNT),
        ("Total Qty: 3", Role.OTHER),
        ("Regal aus Eiche", None),
        ("Industrieleim August", None),
        ("Private storage", None),
        ("", None),
    ],
)
def test_what_labels_say(label: str, role: Role | None) -> None:
    assert role_of(label) is role


def test_labels_are_compared_without_spaces_and_punctuation() -> None:
    assert squash("Total Sales (Incl. GST) @6%:") == "TOTALSALESINCLGST6%"


@pytest.mark.parametrize(("label", "final"), [("Grand Total", True), ("Total incl. GST", True), ("Total", False)])
def test_totals_after_which_nothing_comes(label: str, final: bool) -> None:
    assert is_final_total(label) is final


@pytest.mark.parametrize(
    ("text", "opens"), [("GST Summary  Amount(RM)", True), ("Umsatzsteueraufschlüsselung", True), ("GST 6%", False)]
)
def test_headings_of_tax_tables(text: str, opens: bool) -> None:
    assert opens_tax_table(text) is opens
