import pytest

from ocr_pipeline.kinds.wording import in_words


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("total", "total"),
        ("vendor_tax_id", "vendor tax id"),
        ("iban", "IBAN"),
        ("line_items[0].unit_price", "unit price of item 1"),
        ("line_items", "line items"),
    ],
)
def test_names_of_fields_are_words(field: str, words: str) -> None:
    assert in_words(field) == words
