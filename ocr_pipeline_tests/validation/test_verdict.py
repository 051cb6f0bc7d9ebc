import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.documents.model import DocumentText, Record, State
from ocr_pipeline.validation.verdict import deals_with_money, validate
from ocr_pipeline_tests.structuring.typed import LETTER, RECEIPT, typed
from ocr_pipeline_tests.validation.records import complete, field, item, record

SALE = typed(RECEIPT)
POSTED = typed(LETTER)


def codes(found: Record, text: DocumentText = SALE) -> list[tuple[str, str | None]]:
    return [(reason.code, reason.field) for reason in validate(found, text, 0.5).reasons]


def test_a_complete_record_is_accepted() -> None:
    verdict = validate(complete(), SALE, 0.5)
    assert verdict.state is State.ACCEPTED
    assert verdict.reasons == ()
    assert verdict.reconciliation.subtotal_and_tax_to_total is True


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (record(document_date="2018-04-05"), [("missing_total", "total")]),
        (record(total="5.00"), [("missing_date", "document_date")]),
        (complete(total="99.00"), [("sums_disagree", "total")]),
        (complete(vendor_name=field("Oak", 0.3)), [("low_confidence", "vendor_name")]),
        (complete(document_date="1808-06-15"), [("implausible", "document_date")]),
        (complete(document_date="soon"), [("implausible", "document_date")]),
        (complete(currency="RM"), [("implausible", "currency")]),
        (record(item("5.00"), total="7.77", document_date="2018-04-05"), [("items_disagree", None)]),
    ],
)
def test_what_a_person_should_look_at(found: Record, expected: list[tuple[str, str | None]]) -> None:
    assert codes(found) == expected
    assert validate(found, SALE, 0.5).state is State.NEEDS_REVIEW


def test_messages_are_for_people() -> None:
    (reason,) = validate(complete(vendor_name=field("Oak", 0.31)), SALE, 0.5).reasons
    assert reason.message == "The name of the vendor 'Oak' is uncertain (31%)."


@pytest.mark.parametrize("text", [DocumentText(pages=()), typed("")])
def test_a_blank_page_has_only_that_one_reason(text: DocumentText) -> None:
    assert codes(record(), text) == [("no_text", None)]
    assert validate(record(), text, 0.5).confidence == 0.0


def test_a_letter_needs_no_total() -> None:
    assert codes(record(document_date="1905-06-03"), POSTED) == []
    assert codes(record(vendor_name="Anna Whitfield"), POSTED) == []
    assert codes(record(), POSTED) == [("nothing_found", None)]


def test_a_receipt_that_nothing_was_read_from_is_no_letter() -> None:
    assert codes(record()) == [("missing_total", "total"), ("missing_date", "document_date")]


def test_what_deals_with_money() -> None:
    assert deals_with_money(record(), SALE)
    assert deals_with_money(record(invoice_number="1"), POSTED)
    assert not deals_with_money(record(), POSTED)
    assert not deals_with_money(record(), typed("Please send me an invoice"))


def test_a_document_is_as_sure_as_its_weakest_key_field() -> None:
    assert validate(complete(document_date=field("2018-04-05", 0.6)), SALE, 0.5).confidence == 0.6
    assert validate(complete(currency=field("EUR", 0.6)), SALE, 0.5).confidence == 0.9
    assert validate(complete(total="99.00"), SALE, 0.5).confidence == 0.45
    assert validate(record(total="5.00"), SALE, 0.5).confidence == 0.0
    assert validate(record(document_date="1905-06-03"), POSTED, 0.5).confidence == 0.9


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_field_below_the_threshold_and_no_other_is_pointed_out(confidence: float, threshold: float) -> None:
    verdict = validate(complete(vendor_address=field("Somewhere 1", confidence)), SALE, threshold)
    pointed_out = {reason.field for reason in verdict.reasons if reason.code == "low_confidence"}
    assert ("vendor_address" in pointed_out) == (confidence < threshold)
