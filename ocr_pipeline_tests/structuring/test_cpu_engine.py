from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Box, DocumentText, Field, Record
from ocr_pipeline.kinds.form import FORM
from ocr_pipeline.kinds.invoice import INVOICE
from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.kinds.receipt import RECEIPT as TILL_RECEIPT
from ocr_pipeline.settings import Settings
from ocr_pipeline.structuring.amounts import parse_amount
from ocr_pipeline.structuring.cpu_engine import CpuEngine
from ocr_pipeline.structuring.dates import parse_date
from ocr_pipeline.structuring.engine import load_engine
from ocr_pipeline_tests.structuring.typed import LETTER, RECEIPT, RECHNUNG, typed

ENGINE = load_engine(Settings())


def record_of(*pages: str, kind: DocumentKind = INVOICE, confidence: float = 1.0) -> Record:
    return ENGINE.structure(typed(*pages, confidence=confidence), kind)


def values_of(*pages: str, kind: DocumentKind = INVOICE) -> dict[str, str]:
    return {name: field.value for name, field in record_of(*pages, kind=kind).fields.items()}


def all_fields(record: Record) -> Iterator[Field]:
    yield from record.fields.values()
    for item in record.line_items:
        yield from (part for part in (item.description, item.quantity, item.unit_price, item.amount) if part)


def assert_grounded(record: Record, document: DocumentText) -> None:
    """Every field's evidence are words of its page, inside its box, and nothing is said without words."""
    for field in all_fields(record):
        others = [reading.value for reading in field.alternatives]
        assert field.value not in others
        assert len(set(others)) == len(others)
        assert all(0 <= reading.confidence <= 1 for reading in field.alternatives)
        page = next(page for page in document.pages if page.number == field.evidence.page)
        words = [word for line in page.lines for word in line.words]
        assert field.evidence.box is not None
        inside = [word for word in words if Box.around([word.box, field.evidence.box]) == field.evidence.box]
        assert field.evidence.words
        assert set(field.evidence.words) <= {word.text for word in inside}
        assert 0 <= field.confidence <= 1


def test_a_receipt() -> None:
    assert values_of(RECEIPT, kind=TILL_RECEIPT) == {
        "vendor_name": "SUNNY CORNER TRADING SDN BHD",
        "vendor_address": "NO 12, JALAN MAWAR 3/4, TAMAN MAWAR, 43210 KAJANG, SELANGOR",
        "document_date": "2018-04-05",
        "invoice_number": "CS00012345",
        "currency": "MYR",
        "vendor_tax_id": "000123456789",
        "subtotal": "15.10",
        "tax": "0.91",
        "rounding": "-0.01",
        "total": "16.00",
        "cash": "20.00",
        "change": "4.00",
    }


def test_a_german_invoice() -> None:
    assert values_of(RECHNUNG) == {
        "vendor_name": "Holzwerk Ahorn GmbH",
        "vendor_address": "Birkenweg 7, 54321 Lindenau",
        "document_date": "2021-03-09",
        "due_date": "2021-03-23",
        "invoice_number": "HA-2021-0815",
        "currency": "EUR",
        "subtotal": "2300.00",
        "tax": "437.00",
        "total": "2737.00",
    }


ORDER = """
                 WXYZ TELEVISION
Order 4471 / Rev 2          Contract Dates 09/01/20 - 09/07/20
Advertiser   Friends of Birch Lane
Agency       Media Buyers LLC

Line   Program           Spots   Rate        Amount
1      Morning News        10    150.00      1,500.00
2      Evening News         5    400.00      2,000.00
3      Late Show            2    250.00        500.00

Totals                     17
Gross Total                                  4,000.00
Agency Commission (15%)                        600.00
Net Amount Due                               3,400.00
"""

BRANDED = """
            SUNNY'S
  GOLDEN CORNER FOODS SDN BHD
          (123456-X)
  12, JALAN MAWAR 3/4,
  43210 KAJANG, SELANGOR TEL: 03-1234 5678
  TAX INVOICE
  Date: {date}
  Tea                    2.00
  Total                  2.00
  Cash                  10.00
  Change                 8.00
"""


def test_the_gross_total_of_an_order_is_its_total() -> None:
    assert values_of(ORDER)["total"] == "4000.00"


def test_the_legal_name_below_a_brand_is_the_vendors() -> None:
    name = record_of(BRANDED.format(date="05/04/2018")).fields["vendor_name"]
    assert name.value == "GOLDEN CORNER FOODS SDN BHD"
    assert name.evidence.words == ("GOLDEN", "CORNER", "FOODS", "SDN", "BHD")


def test_an_address_in_two_lines_ends_before_the_telephone() -> None:
    address = record_of(BRANDED.format(date="05/04/2018")).fields["vendor_address"]
    assert address.value == "12, JALAN MAWAR 3/4, 43210 KAJANG, SELANGOR"
    assert address.evidence.words == ("12,", "JALAN", "MAWAR", "3/4,", "43210", "KAJANG,", "SELANGOR")


def test_an_ambiguous_date_offers_its_other_reading() -> None:
    day = record_of(BRANDED.format(date="03/04/2018")).fields["document_date"]
    assert day.value == "2018-04-03"
    (other,) = day.alternatives
    assert other.value == "2018-03-04"
    assert other.evidence == day.evidence
    assert other.confidence < day.confidence


@pytest.mark.parametrize("date", ["23/04/2018", "04/04/2018", "03/04/2018   Delivered 25/03/2018", "2018-04-03"])
def test_a_date_that_is_settled_has_no_other_reading(date: str) -> None:
    day = record_of(BRANDED.format(date=date)).fields["document_date"]
    swapped = f"{day.value[:4]}-{day.value[8:]}-{day.value[5:7]}"
    assert swapped not in {reading.value for reading in day.alternatives}


def test_an_ambiguous_date_is_in_doubt_where_nothing_tells_the_country() -> None:
    anywhere = "Corner Foods\nDate: {date}\nTea   $2.00\nTotal   $2.00\n"
    assert record_of(anywhere.format(date="03/04/2018")).fields["document_date"].confidence <= 0.7
    assert record_of(anywhere.format(date="23/04/2018")).fields["document_date"].confidence > 0.8
    assert record_of(BRANDED.format(date="03/04/2018")).fields["document_date"].confidence > 0.8


@pytest.mark.parametrize(("language", "value"), [("en-US", "2018-03-04"), ("en-GB", "2018-04-03")])
def test_the_senders_language_leaves_an_ambiguous_date_one_reading(language: str, value: str) -> None:
    text = typed("Corner Foods\nDate: 03/04/2018\nTea   $2.00\nTotal   $2.00\n")
    told = text.model_copy(update={"language": language})
    day = ENGINE.structure(told, TILL_RECEIPT).fields["document_date"]
    assert (day.value, day.alternatives) == (value, ())
    assert day.confidence > 0.8


def test_a_name_for_which_nothing_speaks_but_its_place_is_in_doubt() -> None:
    name = record_of("SUNNY\nDate: 23/04/2018\nTea   2.00\nTotal   2.00\n").fields.get("vendor_name")
    assert name is None or name.confidence <= 0.6


@pytest.mark.parametrize("heading", ["CONTRACT", "Contract / Revision", "Contract #", "Orders", "Property"])
def test_the_heading_of_a_form_is_no_vendor(heading: str) -> None:
    name = record_of(f"{heading}\n{BRANDED.format(date='23/04/2018')}").fields["vendor_name"]
    assert name.value.endswith("GOLDEN CORNER FOODS SDN BHD")
    assert heading.upper() not in name.value.upper()


def test_what_was_read_badly_is_less_sure() -> None:
    well, badly = (record_of(RECEIPT, confidence=recognized).fields for recognized in (1.0, 0.5))
    assert well.keys() == badly.keys()
    for name in ("vendor_name", "vendor_address", "document_date", "currency", "invoice_number"):
        assert badly[name].confidence < well[name].confidence
        assert badly[name].confidence <= 0.5


def test_only_fields_of_the_kind_are_answered_in_its_order() -> None:
    for kind in (TILL_RECEIPT, INVOICE, FORM):
        order = [spec.name for spec in kind.fields]
        found = list(record_of(RECEIPT, kind=kind).fields)
        assert found == [name for name in order if name in found]


def test_engines_with_the_same_weights_say_the_same() -> None:
    assert CpuEngine().structure(typed(RECEIPT), INVOICE) == record_of(RECEIPT)


def test_a_letter_has_a_date_and_no_amounts() -> None:
    record = record_of(LETTER, kind=FORM)
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
    record = ENGINE.structure(document, INVOICE)
    assert_grounded(record, document)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_the_engine(text: str) -> None:
    document = typed(text)
    record = ENGINE.structure(document, INVOICE)
    assert_grounded(record, document)


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "S", "M", "Z", "P", "Cf"]), min_size=1, max_size=60))
def test_a_document_of_one_word(word: str) -> None:
    document = typed(word.replace(" ", "") or "x")
    assert_grounded(ENGINE.structure(document, INVOICE), document)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text("0123456789.,/- ", min_size=1, max_size=30), max_size=30).map("\n".join))
def test_a_document_of_digits(text: str) -> None:
    document = typed(text)
    assert_grounded(ENGINE.structure(document, TILL_RECEIPT), document)


@pytest.mark.parametrize(
    "line", ["Total {0}   {0}.25", "Item {0}   {0}.25", "Oak {0} Sdn Bhd", "{0}, Jalan Satu, 43210 Kajang"]
)
def test_a_document_of_two_thousand_lines(line: str) -> None:
    document = typed("\n".join(line.format(number) for number in range(2000)))
    assert_grounded(ENGINE.structure(document, INVOICE), document)
