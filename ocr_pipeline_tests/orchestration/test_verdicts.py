"""The checks look at what stands in the tables, and fail when that is wrong."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ocr_pipeline.orchestration.verdicts import check_completeness, check_validity
from ocr_pipeline.storage.tables import WrittenRows

ROW: dict[str, Any] = {
    "document_id": "1",
    "vendor_name": "Old Quay Tea Rooms Ltd",
    "vendor_address": None,
    "document_date": date(2026, 3, 12),
    "invoice_number": None,
    "currency": "GBP",
    "subtotal": None,
    "tax": None,
    "total": Decimal("12.00"),
    "confidence": 0.9,
    "state": "accepted",
}


def test_valid_rows_pass() -> None:
    assert check_validity("check", WrittenRows([ROW], [], [])).passed


@pytest.mark.parametrize("wrong", [{"currency": "XXZ"}, {"confidence": 1.5}, {"state": "rejected"}])
def test_a_wrong_row_in_the_tables_fails_the_check(wrong: dict[str, Any]) -> None:
    result = check_validity("check", WrittenRows([{**ROW, **wrong}], [], []))

    assert not result.passed


def test_every_document_in_one_place_passes() -> None:
    assert check_completeness("check", WrittenRows([ROW], [], ["2"]), 2).passed


@pytest.mark.parametrize(
    "written", [WrittenRows([ROW], [], []), WrittenRows([ROW], [], ["1"]), WrittenRows([ROW], [], ["2", "3"])]
)
def test_a_document_that_is_missing_doubled_or_too_many_fails_the_check(written: WrittenRows) -> None:
    assert not check_completeness("check", written, 2).passed
