from ocr_pipeline.evaluation.labelled_fields import LabelledField, claims, labelled_fields, precision, recall
from ocr_pipeline_tests.validation.records import field, record

RECORD = record(total=field("12.50", 0.9), vendor_name=field("Oak", 0.6), currency="EUR")
LABELS = {"total": "12.5", "vendor_name": "Elm", "document_date": "2018-04-05", "extra": {"tax": "1.00"}}


def test_what_is_labelled_is_right_wrong_or_missing() -> None:
    assert labelled_fields(RECORD, LABELS) == [
        LabelledField("document_date", "2018-04-05", None, 0.0, is_right=False),
        LabelledField("total", "12.5", "12.50", 0.9, is_right=True),
        LabelledField("vendor_name", "Elm", "Oak", 0.6, is_right=False),
    ]


def test_what_is_missing_is_not_given_but_labelled() -> None:
    fields = labelled_fields(RECORD, LABELS)
    assert precision(fields) == 1 / 2
    assert recall(fields) == 1 / 3
    assert claims(fields) == [(0.9, True), (0.6, False)]


def test_without_a_record_all_is_missing() -> None:
    fields = labelled_fields(None, LABELS)
    assert [field.value for field in fields] == [None, None, None]
    assert (precision(fields), recall(fields), claims(fields)) == (None, 0, [])


def test_without_labels_there_is_nothing_to_say() -> None:
    assert labelled_fields(RECORD, {}) == []
    assert (precision([]), recall([])) == (None, None)
