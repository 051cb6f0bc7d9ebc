import time

from ocr_pipeline.documents.model import DocumentText, EmbeddedInvoice, Evidence, Field, LineItem, Record, Support
from ocr_pipeline.kinds.form import FORM
from ocr_pipeline.kinds.invoice import INVOICE
from ocr_pipeline.kinds.kind import FieldType
from ocr_pipeline.structuring.embedded import VERSION
from ocr_pipeline.structuring.embedded.record import record_of
from ocr_pipeline.structuring.grounding.locate import locate
from ocr_pipeline_tests.structuring.embedded.xml_invoices import ITEMS, PAGE, VALUES, cii, cii_line, ubl, zugferd_1
from ocr_pipeline_tests.structuring.typed import typed

NOTHING = Record(engine="none-1", kind="invoice", fields={})


def on_page(value: str, field_type: FieldType) -> Field:
    located = locate(value, field_type, typed(PAGE))
    assert located is not None
    return Field(value=value, confidence=0.95, evidence=located.evidence)


def as_read() -> Record:
    """What an engine would read from the page."""
    fields = {
        "vendor_name": on_page("Tischlerei Ulmer GmbH", FieldType.TEXT),
        "invoice_number": on_page("R-2024-77", FieldType.CODE),
        "document_date": on_page("2024-06-05", FieldType.DATE),
        "currency": on_page("EUR", FieldType.CURRENCY),
        "total": on_page("595.00", FieldType.AMOUNT),
    }
    doors = LineItem(description=on_page("Zimmertür Eiche", FieldType.TEXT), amount=on_page("450.00", FieldType.AMOUNT))
    return Record(engine="reader-1", kind="invoice", fields=fields, line_items=(doors,))


def document(xml: str, page: str = PAGE) -> DocumentText:
    return typed(page).model_copy(update={"embedded_invoice": EmbeddedInvoice(file="factur-x.xml", xml=xml)})


def made(xml: str) -> Record:
    return record_of(document(xml), INVOICE, as_read())


def page_field(value: str, confidence: float = 0.95) -> Field:
    return Field(value=value, confidence=confidence, evidence=Evidence(page=1, words=(value,)))


def test_a_page_that_says_the_same() -> None:
    for xml in (cii(), zugferd_1(), ubl()):
        record = made(xml)
        assert {name: field.value for name, field in record.fields.items()} == {
            name: value for name, value in VALUES.items() if name != "type_code"
        }
        assert [tuple(part.value for _, part in item) for item in record.line_items] == ITEMS
        assert not record.disputed
        for name in ("vendor_name", "document_date", "invoice_number", "total"):
            assert record.fields[name].confidence == 0.99


def test_a_value_on_the_page_has_both_evidences() -> None:
    total = made(cii()).fields["total"]
    assert total.evidence.attachment == "factur-x.xml#GrandTotalAmount"
    assert total.evidence.page == 1
    assert total.evidence.box is not None
    assert "".join(total.evidence.words).startswith("595,00")


def test_a_value_on_no_page_has_the_xml_for_evidence() -> None:
    address = made(cii()).fields["vendor_address"]
    assert address.evidence.page is None
    assert address.evidence.words == ("Sägeweg 3", "Hinterhaus", "89073 Ulm")
    assert address.evidence.attachment == "factur-x.xml#PostalTradeAddress"
    assert address.support is Support.SUPPORTED


def test_the_record_names_its_second_source() -> None:
    assert made(cii()).engine == f"reader-1+xml-{VERSION}"


def test_another_total_on_the_page_is_disputed() -> None:
    record = made(cii(total="1595.00"))
    assert record.fields["total"].value == "1595.00"
    assert record.fields["total"].confidence < 0.5
    assert record.disputed == {"total": "595.00"}
    (other,) = record.fields["total"].alternatives
    assert other.value == "595.00"
    assert other.evidence.page == 1


def test_another_date_number_or_vendor_on_the_page_is_disputed() -> None:
    assert made(cii(day="20140605")).disputed == {"document_date": "2024-06-05"}
    assert made(cii(number="R-2023-11")).disputed == {"invoice_number": "R-2024-77"}
    text = document(cii(seller="Betrug Holding AG"))
    seen = Record(engine="x-1", kind="invoice", fields={"vendor_name": page_field("Tischlerei Ulmer GmbH", 0.8)})
    assert record_of(text, INVOICE, seen).disputed == {"vendor_name": "Tischlerei Ulmer GmbH"}


def test_another_account_on_the_page_is_disputed() -> None:
    seen = Record(engine="x-1", kind="invoice", fields={"iban": page_field("DE02 1203 0000 0000 2020 51")})
    record = record_of(document(cii(iban="GB33BUKB20201555555555")), INVOICE, seen)
    assert record.disputed == {"iban": "DE02 1203 0000 0000 2020 51"}
    assert record.fields["iban"].confidence < 0.5


def test_an_amount_elsewhere_on_the_page_does_not_make_up_for_another_total() -> None:
    seen = Record(engine="x-1", kind="invoice", fields={"total": page_field("595.00", 0.95)})
    assert record_of(document(cii(total="450.00")), INVOICE, seen).disputed == {"total": "595.00"}


def test_what_is_to_be_paid_and_to_whom_must_be_on_a_page() -> None:
    record = record_of(document(cii(), "Our new doors\nCome and see"), INVOICE, NOTHING)
    low = {name for name, field in record.fields.items() if field.confidence < 0.5}
    assert low == {"total", "document_date", "invoice_number", "iban"}
    assert not record.disputed


def test_a_name_in_parts_is_not_disputed() -> None:
    page = PAGE.replace("Tischlerei Ulmer GmbH", "Ulmer                 GmbH\n        Tischlerei")
    seen = Record(engine="x-1", kind="invoice", fields={"vendor_name": page_field("Gute Türen", 0.95)})
    record = record_of(document(cii(), page), INVOICE, seen)
    assert not record.disputed
    assert record.fields["vendor_name"].confidence > 0.5


def test_what_the_xml_lacks_comes_from_the_page() -> None:
    seen = Record(
        engine="x-1",
        kind="invoice",
        fields={"rounding": page_field("0.00"), "total": page_field("595.00")},
        disputed={"rounding": "0.01", "total": "1.00"},
        unsupported={"tax": "1.00", "rounding": "5", "line_items[0].amount": "7"},
    )
    record = record_of(document(cii()), INVOICE, seen)
    assert record.fields["rounding"] == seen.fields["rounding"]
    assert record.disputed == {"rounding": "0.01"}
    assert record.unsupported == {"rounding": "5"}


def test_a_kind_without_the_field_or_items_does_not_get_them() -> None:
    text = document(cii())
    record = record_of(text, FORM, NOTHING)
    assert "iban" not in record.fields
    assert record.fields["total"].evidence.attachment
    assert not record.line_items


def test_without_xml_or_with_none_that_can_be_read_the_record_stays() -> None:
    for text in (typed(PAGE), document("<broken"), document("<html/>")):
        seen = as_read()
        assert record_of(text, INVOICE, seen) is seen


def test_items_point_at_their_rows() -> None:
    for seen in (as_read(), NOTHING):
        doors, _ = record_of(document(cii()), INVOICE, seen).line_items
        assert doors.description.evidence.page == 1
        assert doors.quantity is not None
        assert doors.amount is not None
        assert doors.description.evidence.box is not None
        for part, words in ((doors.quantity, ("3",)), (doors.amount, ("450,00",))):
            assert part.evidence.words == words
            assert part.evidence.box is not None
            assert part.evidence.box.y0 == doors.description.evidence.box.y0


def test_a_quantity_in_another_row_is_no_evidence() -> None:
    record = record_of(document(cii().replace("3.0000", "19.0000")), INVOICE, NOTHING)
    assert record.line_items[0].quantity is not None
    assert record.line_items[0].quantity.evidence.page is None


def test_a_claim_of_ten_thousand_items_does_not_cost_a_search_each() -> None:
    start = time.process_time()
    record = record_of(
        document(cii(in_lines=cii_line("Zimmertür Eiche", "3", "150", "450") * 10_000)), INVOICE, NOTHING
    )
    assert len(record.line_items) == 10_002
    assert record.line_items[-1].description.evidence.page is None
    assert record.line_items[1].description.evidence.page == 1
    assert time.process_time() - start < 20
