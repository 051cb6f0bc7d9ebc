import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.structuring.embedded.invoice import Item, XmlInvoice
from ocr_pipeline.structuring.embedded.read import read_invoice
from ocr_pipeline_tests.structuring.embedded.xml_invoices import ITEMS, VALUES, cii, cii_line, ubl, zugferd_1


def read(xml: str) -> XmlInvoice:
    invoice = read_invoice(xml)
    assert invoice is not None
    return invoice


def parts(item: Item) -> tuple[str | None, ...]:
    values = (item.description, item.quantity, item.unit_price, item.amount)
    return tuple(value.value if value else None for value in values)


@pytest.mark.parametrize(
    "xml",
    [
        pytest.param(cii(), id="Factur-X"),
        pytest.param(zugferd_1(), id="ZUGFeRD 1.0"),
        pytest.param(ubl(), id="UBL invoice"),
        pytest.param(ubl("CreditNote", "CreditedQuantity"), id="UBL credit note"),
    ],
)
def test_every_syntax_says_the_same(xml: str) -> None:
    invoice = read(xml)
    assert {name: value.value for name, value in invoice.fields.items()} == VALUES
    assert [parts(item) for item in invoice.items] == ITEMS


def test_values_come_with_how_and_where_the_xml_writes_them() -> None:
    fields = read(cii()).fields
    assert (fields["document_date"].words, fields["document_date"].element) == (("20240605",), "DateTimeString")
    assert (fields["total"].words, fields["total"].element) == (("595.00",), "GrandTotalAmount")
    assert fields["vendor_address"].words == ("Sägeweg 3", "Hinterhaus", "89073 Ulm")
    assert fields["vendor_address"].element == "PostalTradeAddress"


def test_lines_that_only_group_or_inform_are_no_items() -> None:
    lines = [
        cii_line("Türen und Fenster", "1", "450", "450", status="GROUP"),
        cii_line("Zur Kenntnis", "1", "1", "1", status="INFORMATION"),
        cii_line("Fenster", "1", "20", "20", status="DETAIL"),
    ]
    assert [item.description.value for item in read(cii(in_lines="".join(lines))).items] == [
        "Zimmertür Eiche", "Anlieferung", "Fenster",
    ]  # fmt: skip


def test_a_price_for_several_pieces_becomes_that_of_one() -> None:
    price = read(cii(in_lines=cii_line("Schrauben", "300", "4.50", "13.50", base="100.00"))).items[-1].unit_price
    assert price is not None
    assert price.value == "0.045"
    assert price.words == ("4.50", "100.00")
    assert price.computation == "ChargeAmount / BasisQuantity"


@pytest.mark.parametrize("base", ["0", "0.00", "-1", "many", "1"])
def test_a_price_for_no_sensible_number_of_pieces_stays(base: str) -> None:
    price = read(cii(in_lines=cii_line("Schrauben", "3", "4.50", "13.50", base=base))).items[-1].unit_price
    assert price is not None
    assert price.value == ("-4.50" if base == "-1" else "4.50")


def test_allowances_and_charges_are_items_too() -> None:
    adjustments = """
   <ram:SpecifiedTradeAllowanceCharge>
    <ram:ChargeIndicator><udt:Indicator>false</udt:Indicator></ram:ChargeIndicator>
    <ram:ActualAmount>10.00</ram:ActualAmount><ram:Reason>Treuerabatt</ram:Reason>
   </ram:SpecifiedTradeAllowanceCharge>
   <ram:SpecifiedTradeAllowanceCharge>
    <ram:ChargeIndicator><udt:Indicator>true</udt:Indicator></ram:ChargeIndicator>
    <ram:ActualAmount>3.50</ram:ActualAmount>
   </ram:SpecifiedTradeAllowanceCharge>
   <ram:SpecifiedLogisticsServiceCharge>
    <ram:Description>Versand</ram:Description><ram:AppliedAmount>5.8</ram:AppliedAmount>
   </ram:SpecifiedLogisticsServiceCharge>"""
    items = read(cii(in_settlement=adjustments)).items[len(ITEMS) :]
    assert [parts(item) for item in items] == [
        ("Treuerabatt", None, None, "-10.00"),
        ("SpecifiedTradeAllowanceCharge", None, None, "3.50"),
        ("Versand", None, None, "5.80"),
    ]
    assert items[0].amount is not None
    assert (items[0].amount.words, items[0].amount.computation) == (("10.00",), "-ActualAmount")


def test_without_a_currency_the_first_amount_counts() -> None:
    fields = read(cii().replace("<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>", "")).fields
    assert (fields["tax"].value, fields["total"].value) == ("91.20", "595.00")


@pytest.mark.parametrize("total", ["", "1e9", "NaN", "Infinity", "595,00", "1" * 400, "--5"])
def test_what_is_no_amount_is_left_out(total: str) -> None:
    assert read(cii(total=total)).fields.keys() == VALUES.keys() - {"total"}


@pytest.mark.parametrize("day", ["", "20241305", "2024", "05.06.2024", "202406051"])
def test_what_is_no_day_is_left_out(day: str) -> None:
    assert read(cii(day=day)).fields.keys() == VALUES.keys() - {"document_date"}


def test_a_name_of_a_megabyte_is_none() -> None:
    assert "vendor_name" not in read(cii(seller="x" * 1_000_000)).fields


def test_no_entity_is_resolved() -> None:
    declared = '<!DOCTYPE x [<!ENTITY e "Other GmbH"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    for entity in ("&e;", "&f;"):
        xml = cii(seller=entity).replace("<rsm:CrossIndustryInvoice", f"{declared}<rsm:CrossIndustryInvoice", 1)
        assert "vendor_name" not in read(xml).fields


@given(st.text(max_size=60) | st.text(alphabet="<>/&;Invoce!?[]\"'= ", max_size=60))
def test_anything_else_is_no_invoice(xml: str) -> None:
    assert read_invoice(xml) is None


@pytest.mark.parametrize("root", ["CrossIndustryInvoice", "CrossIndustryDocument", "Invoice", "CreditNote"])
def test_an_empty_invoice_says_nothing(root: str) -> None:
    assert read(f"<{root}/>") == XmlInvoice(fields={}, items=())
