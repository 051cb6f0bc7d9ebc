import pytest

from ocr_pipeline.structuring.grounding.currencies import currencies_of, is_currency, marks_in


@pytest.mark.parametrize(
    ("mark", "codes"),
    [
        ("RM", {"MYR"}),
        ("€", {"EUR"}),
        ("Euro", {"EUR"}),
        ("eur", {"EUR"}),
        ("US$", {"USD"}),
        ("Rs.", {"INR", "PKR", "LKR", "NPR", "MUR"}),
        ("TOTAL", set()),
        ("", set()),
    ],
)
def test_what_a_mark_stands_for(mark: str, codes: set[str]) -> None:
    assert currencies_of(mark) == codes


def test_a_dollar_is_of_several_countries() -> None:
    assert currencies_of("$") >= {"USD", "AUD", "CAD", "SGD"}


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("TOTAL RM 11.60", ["RM"]),
        ("RM11.60", ["RM"]),
        ("RMO.01", ["RM"]),
        ("11,60€", ["€"]),
        ("11.60EUR", ["EUR"]),
        ("Gross ($):", ["$"]),
        ("FARM 12 ARMS", []),
        ("EUROPE", []),
    ],
)
def test_marks_in_a_text(text: str, marks: list[str]) -> None:
    assert [text[start:end] for _, start, end in marks_in(text)] == marks


@pytest.mark.parametrize(("word", "is_one"), [("RM", True), (":RM", True), ("(€)", True), ("RM5", False), (":", False)])
def test_words_that_name_a_currency_and_nothing_else(word: str, is_one: bool) -> None:
    assert is_currency(word) is is_one
