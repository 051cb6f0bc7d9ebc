from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Box, DocumentText, Field, Record
from ocr_pipeline.kinds.form import FORM
from ocr_pipeline.settings import Settings
from ocr_pipeline.structuring.amounts import parse_amount
from ocr_pipeline.structuring.dates import parse_date
from ocr_pipeline.structuring.engine import load_engine
from ocr_pipeline_tests.structuring.typed import LETTER, RECEIPT, RECHNUNG, typed

ENGINE = load_engine(Settings())


def record_of(*pages: str) -> Record:
    return ENGINE.structure(typed(*pages), FORM)


def all_fields(record: Record) -> Iterator[Field]:
    yield from record.fields.values()
    for item in record.line_items:
        yield from (part for part in (item.description, item.quantity, item.unit_price, item.amount) if part)


def assert_grounded(record: Record, document: DocumentText) -> None:
    """Every field's evidence are words of its page, inside its box, and nothing is said without words."""
    for field in all_fields(record):
        page = next(page for page in document.pages if page.number == field.evidence.page)
        words = [word for line in page.lines for word in line.words]
        assert field.evidence.box is not None
        inside = [word for word in words if Box.around([word.box, field.evidence.box]) == field.evidence.box]
        assert field.evidence.words
        assert set(field.evidence.words) <= {word.text for word in inside}
        assert 0 <= field.confidence <= 1


def test_a_receipt() -> None:
    assert {name: field.value for name, field in record_of(RECEIPT).fields.items()} == {
        "vendor_name": "SUNNY CORNER TRADING SDN BHD",
        "vendor_address": "NO 12, JALAN MAWAR 3/4, TAMAN MAWAR, 43210 KAJANG, SELANGOR",
        "document_date": "2018-04-05",
        "invoice_number": "CS00012345",
        "currency": "MYR",
        "subtotal": "15.10",
        "tax": "0.91",
        "total": "16.00",
    }


def test_a_german_invoice() -> None:
    assert {name: field.value for name, field in record_of(RECHNUNG).fields.items()} == {
        "vendor_name": "Holzwerk Ahorn GmbH",
        "vendor_address": "Birkenweg 7, 54321 Lindenau",
        "document_date": "2021-03-09",
        "invoice_number": "HA-2021-0815",
        "currency": "EUR",
        "subtotal": "2300.00",
        "tax": "437.00",
        "total": "2737.00",
    }


def test_a_letter_has_a_date_and_no_amounts() -> None:
    record = record_of(LETTER)
    assert record.fields["document_date"].value == "1905-06-03"
    assert not {"total", "tax", "subtotal", "currency", "invoice_number"} & record.fields.keys()
    assert record.line_items == ()


def test_a_total_on_the_second_page() -> None:
    record = record_of(RECEIPT[: RECEIPT.index("  Sub Total")], "Total     RM 15.10")
    assert record.fields["total"].evidence.page == 2


@pytest.mark.parametrize("document", [DocumentText(pages=()), typed("")])
def test_without_text_there_are_no_fields(document: DocumentText) -> None:
    record = ENGINE.structure(document, FORM)
    assert record.fields == {}
    assert record.line_items == ()
    assert record.engine == f"cpu-{ENGINE.version}"


def test_values_can_be_derived_from_their_evidence() -> None:
    for text in (RECEIPT, RECHNUNG):
        record = record_of(text)
        assert_grounded(record, typed(text))
        fields = record.fields
        day = parse_date(" ".join(fields["document_date"].evidence.words))
        assert day is not None
        assert day.isoformat() == fields["document_date"].value
        for name in ("subtotal", "tax", "total"):
            read = parse_amount(" ".join(fields[name].evidence.words))
            assert f"{read:.2f}" == fields[name].value
        assert " ".join(fields["vendor_name"].evidence.words) == fields["vendor_name"].value


PIECES = ["Total", "GST 6%", "Date", "Invoice No", "12.50", "RM 3.00", "05/04/2018", "SDN BHD", "JALAN SATU,", "43210",
          "x", "(", "-", "Qty", "Amount", "Rechnung", "1", "3,3333", "99/99/99", "\u20ac", "@", "Bill To"]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=5).map("   ".join), max_size=14).map("\n".join))
def test_whatever_the_page_says_the_record_is_grounded(text: str) -> None:
    document = typed(text)
    record = ENGINE.structure(document, FORM)
    assert_grounded(record, document)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_the_engine(text: str) -> None:
    document = typed(text)
    record = ENGINE.structure(document, FORM)
    assert_grounded(record, document)
