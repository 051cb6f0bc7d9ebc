import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.documents.model import DocumentText, Evidence, Field, LineItem, Record, State, Support
from ocr_pipeline.errors import PipelineError
from ocr_pipeline.validation.verdict import validate
from ocr_pipeline_tests.structuring.typed import LETTER, RECEIPT, typed
from ocr_pipeline_tests.validation.records import complete, field, item, record

SALE = typed(RECEIPT)
POSTED = typed(LETTER)


def codes(found: Record, text: DocumentText = SALE) -> list[tuple[str, str | None]]:
    return [(reason.code, reason.field) for reason in validate(found, text, 0.5).reasons]


def as_kind(name: str, found: Record) -> Record:
    return found.model_copy(update={"kind": name})


def attached(value: str) -> Field:
    return Field(value=value, confidence=0.9, evidence=Evidence(words=(value,), attachment="factur-x.xml#ID"))


def test_a_complete_record_is_accepted() -> None:
    verdict = validate(complete(), SALE, 0.5)
    assert verdict.state is State.ACCEPTED
    assert verdict.reasons == ()
    assert verdict.reconciliation.subtotal_and_tax_to_total is True


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (record(document_date="2018-04-05"), [("missing", "total")]),
        (record(total="5.00"), [("missing", "document_date")]),
        (complete(total="99.00"), [("sums_disagree", "total")]),
        (complete(subtotal="1.00", tax="10.90"), [("implausible_tax", "tax")]),
        (complete(cash="20.00", change="9.10"), [("cash_disagrees", "total")]),
        (complete(vendor_tax_id="DE136695967"), [("checksum", "vendor_tax_id")]),
        (complete(vendor_name=field("Oak", 0.3)), [("low_confidence", "vendor_name")]),
        (complete(document_date="1808-06-15"), [("implausible", "document_date")]),
        (complete(document_date="soon"), [("implausible", "document_date")]),
        (complete(currency="RM"), [("implausible", "currency")]),
        (complete(invoice_number=attached("7")), [("not_on_page", "invoice_number")]),
        (record(item("5.00"), total="7.77", document_date="2018-04-05"), [("items_disagree", None)]),
        (as_kind("invoice", complete(due_date="2018-04-01")), [("dates_disagree", "due_date")]),
        (as_kind("invoice", complete(iban="DE88370400440532013000")), [("checksum", "iban")]),
        (as_kind("form", complete(total="1.00")), []),
    ],
)
def test_what_a_person_should_look_at(found: Record, expected: list[tuple[str, str | None]]) -> None:
    verdict = validate(found, SALE, 0.5)
    assert codes(found) == expected
    assert verdict.state is (State.NEEDS_REVIEW if expected else State.ACCEPTED)


def test_messages_are_for_people() -> None:
    found = complete(vendor_name=field("Oak", 0.31)).model_copy(
        update={"disputed": {"total": "11.96", "iban": "DE1"}, "unsupported": {"line_items[1].amount": "7.00"}}
    )
    assert [reason.message for reason in validate(found, SALE, 0.5).reasons] == [
        "'7.00' was given as the amount of item 2, but stands nowhere on the document.",
        "The total was read as '11.90'; a second reader says '11.96'.",
        "The IBAN was not found; a second reader says 'DE1'.",
        "The vendor name 'Oak' is uncertain (31%).",
    ]


def test_a_value_that_stands_nowhere_is_never_accepted() -> None:
    invented = field("11.90").model_copy(update={"support": Support.UNSUPPORTED})
    verdict = validate(complete(total=invented), SALE, 0.5)
    assert "total" not in verdict.record.fields
    assert [(reason.code, reason.field) for reason in verdict.reasons] == [
        ("missing", "total"),
        ("unsupported", "total"),
    ]
    assert verdict.confidence == 0.0


def test_line_items_that_only_the_xml_has_are_no_reason() -> None:
    """Allowances and split prices are often printed in another form; the sum holds them."""
    rows = [LineItem(description=attached("Pen"), amount=attached("10.00"))]
    found = complete().model_copy(update={"line_items": tuple(rows)})
    assert validate(found, SALE, 0.5).reasons == ()


@pytest.mark.parametrize("text", [DocumentText(pages=()), typed("")])
def test_a_blank_page_has_only_that_one_reason(text: DocumentText) -> None:
    assert codes(record(), text) == [("no_text", None)]
    assert validate(record(), text, 0.5).confidence == 0.0


def test_a_form_needs_something_and_no_total() -> None:
    assert codes(as_kind("form", record(document_date="1905-06-03")), POSTED) == []
    assert codes(as_kind("form", record(vendor_name="Anna Whitfield")), POSTED) == []
    assert codes(as_kind("form", record()), POSTED) == [("nothing_found", None)]


def test_a_kind_that_the_settings_do_not_name_is_an_error() -> None:
    with pytest.raises(PipelineError, match="timesheet"):
        validate(as_kind("timesheet", record()), SALE, 0.5)


def test_a_document_is_as_sure_as_its_least_sure_field() -> None:
    assert validate(complete(document_date=field("2018-04-05", 0.6)), SALE, 0.5).confidence == 0.6
    assert validate(complete(vendor_address=field("Birkenweg 7", 0.6)), SALE, 0.5).confidence == 0.6
    assert validate(complete(total="99.00"), SALE, 0.5).confidence == 0.9
    assert validate(record(total="5.00"), SALE, 0.5).confidence == 0.0
    assert validate(as_kind("form", record(document_date="1905-06-03")), POSTED, 0.5).confidence == 0.9
    assert validate(as_kind("form", record()), POSTED, 0.5).confidence == 0.0


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_field_below_the_threshold_and_no_other_is_pointed_out(confidence: float, threshold: float) -> None:
    verdict = validate(complete(vendor_address=field("Somewhere 1", confidence)), SALE, threshold)
    pointed_out = {reason.field for reason in verdict.reasons if reason.code == "low_confidence"}
    assert ("vendor_address" in pointed_out) == (confidence < threshold)


def test_a_model_that_did_not_answer_is_a_reason() -> None:
    found = complete().model_copy(update={"engine": "cpu-3", "model": "mistral@1", "prompt": "1"})
    (reason,) = validate(found, SALE, 0.5).reasons
    assert reason.code == "no_model_answer"
    assert "mistral@1" in reason.message


def test_lines_that_the_model_was_not_shown_are_a_reason() -> None:
    found = complete().model_copy(
        update={"engine": "mistral-1", "model": "mistral@1", "prompt": "1, without lines 412 to 630"}
    )
    (reason,) = validate(found, SALE, 0.5).reasons
    assert reason.code == "too_long_for_model"
    assert "without lines 412 to 630" in reason.message
