import pytest

from ocr_pipeline.structuring.currency import find_currency
from ocr_pipeline_tests.structuring.typed import typed_rows


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("Total   RM 5.30", "MYR", "RM"),
        ("Total   RM5.30", "MYR", "RM5.30"),
        ("Gesamtbetrag   12,00 €", "EUR", "€"),
        ("Currency: CHF\nTotal 5.00", "CHF", "CHF"),
        ("Total $ 5.00", "USD", "$"),
        ("1.00 EUR\n2.00 EUR\nor 3.00 USD", "EUR", "EUR"),
    ],
)
def test_the_currency_and_the_word_it_was_read_from(text: str, code: str, word: str) -> None:
    found = find_currency(typed_rows(text))
    assert found is not None
    assert (found.value, found.evidence.words) == (code, (word,))


def test_no_sign_no_currency() -> None:
    assert find_currency(typed_rows("Total 5.00\nARMS AND FARMS")) is None
