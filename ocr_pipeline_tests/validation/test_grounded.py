from ocr_pipeline.documents.model import Evidence, Field, LineItem, Support
from ocr_pipeline.validation.grounded import grounded
from ocr_pipeline_tests.validation.records import complete, field, item, record


def invented(value: str) -> Field:
    return field(value).model_copy(update={"support": Support.UNSUPPORTED})


def nowhere(value: str) -> Field:
    return Field(value=value, confidence=1.0, evidence=Evidence(words=(value,)))


def test_a_record_whose_values_all_stand_somewhere_stays_as_it_is() -> None:
    computed = Field(value="1.00", confidence=1.0, evidence=Evidence(words=("2.00",), computation="total - tax"))
    attached = Field(value="7", confidence=1.0, evidence=Evidence(words=("7",), attachment="factur-x.xml#ID"))
    corrected = field("10.00").model_copy(update={"support": Support.CORRECTED})
    found = complete(subtotal=computed, invoice_number=attached, tax=corrected)
    assert grounded(found) is found


def test_values_that_nothing_speaks_for_are_taken_out() -> None:
    found = grounded(complete(total=invented("99.00"), vendor_name=nowhere("Nobody Ltd")))
    assert found.unsupported == {"vendor_name": "Nobody Ltd", "total": "99.00"}
    assert set(found.fields) == {"document_date", "currency", "subtotal", "tax"}


def test_a_line_item_loses_the_cell_or_goes_with_its_description() -> None:
    kept = LineItem(description=field("Pen"), amount=invented("3.00"), quantity=field("2"))
    gone = LineItem(description=invented("Yacht"), amount=field("1.00"))
    found = grounded(record(item("5.00"), kept, gone))
    assert found.unsupported == {"line_items[1].amount": "3.00", "line_items[2].description": "Yacht"}
    assert [(each.description.value, each.amount and each.amount.value) for each in found.line_items] == [
        ("Pen", "5.00"),
        ("Pen", None),
    ]


def test_what_the_engine_took_out_itself_stays_named() -> None:
    found = complete(total=invented("99.00")).model_copy(update={"unsupported": {"tax": "9.00"}})
    assert grounded(found).unsupported == {"tax": "9.00", "total": "99.00"}
