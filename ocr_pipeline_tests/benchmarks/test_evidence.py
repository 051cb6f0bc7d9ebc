from benchmarks.evidence import Finding, checked
from ocr_pipeline.documents.model import Box, Evidence, Field, LineItem, Record, Support, Verdict
from ocr_pipeline.kinds.registry import SHIPPED
from ocr_pipeline.validation.verdict import validate
from ocr_pipeline_tests.structuring.typed import RECEIPT, typed


def field(value: str, *words: str, **evidence: str) -> Field:
    return Field(value=value, confidence=0.9, evidence=Evidence(page=1, box=Box(0, 0, 9, 9), words=words, **evidence))


def elsewhere(value: str, **evidence: str) -> Field:
    return Field(value=value, confidence=0.9, evidence=Evidence(words=(value,), **evidence), support=Support.SUPPORTED)


def verdict(*items: LineItem, **fields: Field) -> Verdict:
    record = Record(engine="test-1", kind="receipt", fields=fields, line_items=items)
    return validate(record, typed(RECEIPT), 0.8)


def findings(found: Verdict) -> dict[str, Finding]:
    return {value.name: value.finding for value in checked(found, SHIPPED)}


def test_words_are_read_as_the_type_of_their_field() -> None:
    found = verdict(
        total=field("1163.40", "RM", "1,163.40"),
        document_date=field("2018-04-03", "3", "April", "18"),
        vendor_name=field("Sunny Corner", "SUNNY", "CORNER"),
        currency=field("MYR", "RM"),
    )
    assert set(findings(found).values()) == {Finding.GIVEN}


def test_other_words_do_not_give_a_value() -> None:
    found = verdict(total=field("16.00", "15.10"), document_date=field("2018-04-05", "06/04/2018"))
    assert findings(found) == {"total": Finding.WRONG, "document_date": Finding.WRONG}


def test_what_no_page_shows_is_told_apart() -> None:
    found = verdict(
        subtotal=elsewhere("15.09", computation="total - tax"),
        iban=elsewhere("DE89370400440532013000", attachment="factur-x.xml#IBANID"),
        total=field("16.00", "16,00", attachment="factur-x.xml#GrandTotalAmount"),
    )
    assert findings(found) == {"subtotal": Finding.COMPUTED, "iban": Finding.ATTACHED, "total": Finding.GIVEN}


def test_items_are_checked_cell_by_cell() -> None:
    """A bare 2 gives a quantity of 2.00, but no total of 2.00."""
    item = LineItem(
        description=field("BLUE PEN", "BLUE", "PEN"),
        quantity=field("2.00", "2"),
        unit_price=field("2.00", "3.00"),
        amount=field("600.00", "600.00"),
    )
    assert findings(verdict(item, total=field("2.00", "2"))) == {
        "total": Finding.WRONG,
        "line_items[0].description": Finding.GIVEN,
        "line_items[0].quantity": Finding.GIVEN,
        "line_items[0].unit_price": Finding.WRONG,
        "line_items[0].amount": Finding.GIVEN,
    }
