import pytest

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.kinds.form import FORM
from ocr_pipeline.kinds.invoice import INVOICE
from ocr_pipeline.kinds.kind import DocumentKind, FieldSpec, FieldType
from ocr_pipeline.kinds.receipt import RECEIPT
from ocr_pipeline.kinds.registry import SHIPPED, field_type, kind_named, kind_of, kinds
from ocr_pipeline_tests.structuring.typed import LETTER, RECHNUNG, typed
from ocr_pipeline_tests.structuring.typed import RECEIPT as RECEIPT_TEXT

TIMESHEET = DocumentKind(
    name="timesheet",
    fields=(FieldSpec("hours", FieldType.AMOUNT, "Hours worked."),),
    signs=("timesheet", "hours worked"),
)
OWN_RECEIPT = DocumentKind(name="receipt", fields=(), signs=("receipt",))
NO_KIND = "a text"


def test_a_kind_of_yours_stands_beside_the_shipped_ones() -> None:
    assert kinds() == SHIPPED
    assert kinds(f"{__name__}:TIMESHEET") == (*SHIPPED, TIMESHEET)
    assert kinds(f" {__name__}:TIMESHEET , {__name__}:OWN_RECEIPT ") == (OWN_RECEIPT, INVOICE, FORM, TIMESHEET)


@pytest.mark.parametrize("name", ["nowhere:KIND", f"{__name__}:NOTHING", f"{__name__}:NO_KIND", "no_colon", ":"])
def test_a_setting_that_names_no_kind_is_refused(name: str) -> None:
    with pytest.raises(PipelineError) as refused:
        kinds(name)
    assert refused.value.code is ErrorCode.INVALID_SETTING


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (RECEIPT_TEXT, RECEIPT),
        (RECHNUNG, INVOICE),
        (LETTER, FORM),
        ("", FORM),
        ("TAXINVOICE   CASHIER 2", RECEIPT),
        ("Contract   Bill To: Oak Agency   Cash in advance", INVOICE),
        ("They manufacture clocks", FORM),
        ("Timesheet   Hours worked: 7", TIMESHEET),
    ],
)
def test_a_document_is_of_the_kind_whose_signs_it_bears(text: str, kind: DocumentKind) -> None:
    assert kind_of(typed(text), (*SHIPPED, TIMESHEET)).name == kind.name


def test_a_kind_is_found_by_its_name() -> None:
    assert kind_named("form", SHIPPED) is FORM
    with pytest.raises(PipelineError, match="timesheet"):
        kind_named("timesheet", SHIPPED)


def test_the_type_of_a_field() -> None:
    assert field_type("hours", TIMESHEET) is FieldType.AMOUNT
    assert field_type("total", TIMESHEET) is FieldType.AMOUNT
    assert field_type("due_date", RECEIPT) is FieldType.DATE
    assert field_type("colour", RECEIPT) is FieldType.TEXT


@pytest.mark.parametrize("kind", SHIPPED, ids=lambda kind: kind.name)
def test_no_field_is_named_twice(kind: DocumentKind) -> None:
    names = [spec.name for spec in kind.fields]
    assert len(set(names)) == len(names)
