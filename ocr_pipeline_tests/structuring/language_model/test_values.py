from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.kinds.kind import FieldType
from ocr_pipeline.structuring.language_model.values import in_record_form, quantity_in_record_form, says_nothing


@pytest.mark.parametrize(
    ("value", "field_type", "form"),
    [
        ("2018-04-05", FieldType.DATE, "2018-04-05"),
        ("05/04/2018", FieldType.DATE, "2018-04-05"),
        ("30. Juni 2021", FieldType.DATE, "2021-06-30"),
        ("2018-02-30", FieldType.DATE, None),
        ("soon", FieldType.DATE, None),
        ("11.6", FieldType.AMOUNT, "11.60"),
        ("1234", FieldType.AMOUNT, "1234.00"),
        ("RM 1,234.50", FieldType.AMOUNT, "1234.50"),
        ("1.234,50 €", FieldType.AMOUNT, "1234.50"),
        ("0.0125", FieldType.AMOUNT, "0.0125"),
        ("-0.01", FieldType.AMOUNT, "-0.01"),
        ("much", FieldType.AMOUNT, None),
        ("RM", FieldType.CURRENCY, "MYR"),
        ("EUR", FieldType.CURRENCY, "EUR"),
        ("QQQ", FieldType.CURRENCY, None),
        ("  ACME \n LTD ", FieldType.TEXT, "ACME LTD"),
        ("  ", FieldType.CODE, None),
    ],
)
def test_values_take_the_form_of_records(value: str, field_type: FieldType, form: str | None) -> None:
    assert in_record_form(value, field_type) == form


@given(st.decimals(-999_999_999, 999_999_999, places=2))
def test_amounts_as_the_schema_has_them_keep_their_value(amount: Decimal) -> None:
    form = in_record_form(str(amount), FieldType.AMOUNT)
    assert form is not None
    assert Decimal(form) == amount


def test_counts_stay_counts() -> None:
    assert quantity_in_record_form("2") == "2"
    assert quantity_in_record_form("1.5") == "1.5"
    assert quantity_in_record_form("a few") is None


def test_models_have_many_ways_to_write_null() -> None:
    assert all(says_nothing(value) for value in ("", " ", "null", "None", "N/A", "-"))
    assert not says_nothing("Nullarbor Ltd")
