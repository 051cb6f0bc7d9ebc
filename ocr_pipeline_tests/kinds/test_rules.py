import pytest

from ocr_pipeline.documents.model import Record
from ocr_pipeline.kinds.rules import NotBefore, Required, Rule, SomethingFound
from ocr_pipeline_tests.structuring.typed import LETTER, typed
from ocr_pipeline_tests.validation.records import record

TEXT = typed(LETTER)


def told(rule: Rule, found: Record) -> list[tuple[str, str | None, str]]:
    return [(reason.code, reason.field, reason.message) for reason in rule.check(found, TEXT)]


def test_what_is_required_and_not_there_is_missing() -> None:
    rule = Required(("total", "invoice_number"))
    assert told(rule, record(total="1.00")) == [("missing", "invoice_number", "No invoice number was found.")]
    assert told(rule, record(total="1.00", invoice_number="7")) == []


def test_anything_is_something() -> None:
    assert [code for code, _, _ in told(SomethingFound(), record())] == ["nothing_found"]
    assert told(SomethingFound(), record(vendor_name="Oak")) == []


@pytest.mark.parametrize(
    ("due", "issued", "expected"),
    [
        ("2018-04-05", "2018-04-05", []),
        ("2018-05-05", "2018-04-05", []),
        ("soon", "2018-04-05", []),
        (
            "2018-03-05",
            "2018-04-05",
            [("dates_disagree", "due_date", "The due date 2018-03-05 is before the document date 2018-04-05.")],
        ),
    ],
)
def test_nothing_is_due_before_it_was_issued(
    due: str, issued: str, expected: list[tuple[str, str | None, str]]
) -> None:
    rule = NotBefore("due_date", "document_date")
    assert told(rule, record(due_date=due, document_date=issued)) == expected
    assert told(rule, record(due_date=due)) == []
