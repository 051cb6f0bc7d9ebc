from ocr_pipeline.documents.model import Record, Rejection, Verdict
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.evaluation.labelled_fields import labelled_fields
from ocr_pipeline.evaluation.review import ReviewScore, reasons_of, review_score
from ocr_pipeline.validation.verdict import validate
from ocr_pipeline_tests.structuring.typed import RECEIPT, typed
from ocr_pipeline_tests.validation.records import complete, field

LABELS = {"total": "11.90", "vendor_name": "Oak Bakery", "invoice_number": "7"}
EMPTY = Rejection.of(ErrorCode.EMPTY_FILE)


def verdict(record: Record) -> Verdict:
    return validate(record, typed(RECEIPT), 0.8)


def scored(results: dict[str, Verdict | Rejection]) -> ReviewScore | None:
    fields = {
        id_: labelled_fields(result.record if isinstance(result, Verdict) else None, LABELS)
        for id_, result in results.items()
    }
    return review_score(results, fields)


def test_shares_are_of_all_documents_and_precision_of_accepted_ones() -> None:
    """The accepted one gives two of three labelled fields, and one of these right."""
    unsure = verdict(complete(vendor_name=field("Oak Bakery", 0.5), total=field("11.90", 0.7)))
    vague = verdict(complete(vendor_name=field("Oak Bakery", 0.6), document_date="soon"))
    assert scored({"a": verdict(complete()), "b": unsure, "c": vague, "d": EMPTY}) == ReviewScore(
        accepted=1 / 4,
        needs_review=2 / 4,
        rejected=1 / 4,
        schema_valid=2 / 4,
        accepted_precision=1 / 2,
        accepted_recall=1 / 3,
        reasons={
            "low_confidence vendor_name": 2,
            "low_confidence total": 1,
            "implausible document_date": 1,
            "empty_file": 1,
        },
    )


def test_where_none_is_accepted_there_is_no_precision() -> None:
    found = scored({"a": EMPTY})
    assert found is not None
    assert (found.accepted, found.rejected, found.schema_valid) == (0, 1, 0)
    assert (found.accepted_precision, found.accepted_recall) == (None, None)


def test_without_documents_there_is_nothing_to_say() -> None:
    assert scored({}) is None


def test_items_of_one_table_give_one_reason() -> None:
    record = complete().model_copy(
        update={"unsupported": {"line_items[0].amount": "1", "line_items[11].amount": "2", "total": "3"}}
    )
    assert reasons_of(verdict(record)) == ["unsupported line_items.amount", "unsupported total"]
