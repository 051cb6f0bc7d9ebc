from datetime import date
from decimal import Decimal

import pandas as pd
import pandera.errors
import pytest

from ocr_pipeline.documents.model import Record, Verdict
from ocr_pipeline.validation.schemas import Documents, LineItems, check, documents_frame, line_items_frame
from ocr_pipeline.validation.verdict import validate
from ocr_pipeline_tests.structuring.typed import RECEIPT, typed
from ocr_pipeline_tests.validation.records import complete, item, record


def verdict(found: Record) -> Verdict:
    return validate(found, typed(RECEIPT), 0.5)


GOOD = {
    "a" * 64: verdict(complete()),
    "b" * 64: verdict(record()),
    "c" * 64: verdict(
        record(item("6.00", quantity="3", unit_price="2.00"), item(None, "Free sample"), total="6.00", tax="-0.004")
    ),
}


def test_valid_verdicts_have_valid_rows() -> None:
    assert check(documents_frame(GOOD), Documents) == {}
    assert check(line_items_frame(GOOD), LineItems) == {}


def test_rows_hold_decimals_and_dates() -> None:
    row = documents_frame(GOOD).iloc[0]
    assert row["document_date"] == date(2018, 4, 5)
    assert row["total"] == Decimal("11.90")
    assert isinstance(row["total"], Decimal)
    assert row["vendor_address"] is None
    assert row["state"] == "accepted"


def test_a_field_without_a_column_of_its_own_is_extra() -> None:
    frame = documents_frame({**GOOD, "own": verdict(complete(po_number="PO-7", net="1.00"))})
    assert list(frame["extra"]) == [{}, {}, {}, {"po_number": "PO-7", "net": "1.00"}]
    assert check(frame, Documents) == {}


@pytest.mark.parametrize("extra", ["a text", None, {"po_number": 7}, {7: "seven"}])
def test_extra_fields_are_texts_by_name(extra: object) -> None:
    frame = documents_frame(GOOD)
    frame["extra"] = pd.Series([{}, extra, {}], dtype=object)
    failures = check(frame, Documents)
    assert set(failures) == {"b" * 64}


def test_a_day_that_cannot_be_right_is_a_day_to_the_table_and_for_people_to_see() -> None:
    old = {"old": verdict(complete(document_date="1808-06-15"))}
    assert check(documents_frame(old), Documents) == {}
    assert documents_frame(old).iloc[0]["state"] == "needs_review"


def test_items_are_counted_from_one_in_each_document() -> None:
    frame = line_items_frame({"x": GOOD["c" * 64], "y": GOOD["c" * 64]})
    assert list(zip(frame["document_id"], frame["position"], strict=True)) == [("x", 1), ("x", 2), ("y", 1), ("y", 2)]
    assert frame.iloc[0]["quantity"] == Decimal(3)


@pytest.mark.parametrize("frame", [documents_frame({}), line_items_frame({})])
def test_no_rows_are_valid_too(frame: object) -> None:
    schema = Documents if "state" in frame.columns else LineItems  # type: ignore[attr-defined]
    assert check(frame, schema) == {}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"document_date": "soon"}, "document_date"),
        ({"due_date": "2018-02-30"}, "due_date"),
        ({"cash": "1e-300"}, "cash"),
        ({"total": "a lot"}, "total"),
        ({"total": "1e20"}, "total"),
        ({"currency": "RM"}, "currency"),
        ({"vendor_name": ""}, "vendor_name"),
        ({"iban": ""}, "iban"),
    ],
)
def test_a_bad_value_is_told_with_its_document_and_the_others_are_not_held_up(
    changes: dict[str, str], column: str
) -> None:
    failures = check(documents_frame({**GOOD, "bad": verdict(complete(**changes))}), Documents)
    assert set(failures) == {"bad"}
    assert [reason.split(":")[0] for reason in failures["bad"]] == [column]


def test_all_that_is_wrong_is_told_at_once() -> None:
    bad = verdict(complete(document_date="soon", currency="RM"))
    assert len(check(documents_frame({"bad": bad}), Documents)["bad"]) == 2


def test_a_bad_item_is_told_with_its_document() -> None:
    bad = verdict(record(item("a lot"), total="5.00"))
    failures = check(line_items_frame({**GOOD, "bad": bad}), LineItems)
    assert set(failures) == {"bad"}


def test_a_table_of_another_shape_is_an_error() -> None:
    with pytest.raises(pandera.errors.SchemaErrors):
        check(documents_frame(GOOD).drop(columns="total"), Documents)
