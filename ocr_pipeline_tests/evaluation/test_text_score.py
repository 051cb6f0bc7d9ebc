import pytest

from ocr_pipeline.evaluation.text_score import character_error_rate, word_scores


def words(truth: list[str], read: list[str]) -> tuple[float | None, float | None, float | None]:
    return word_scores([(truth, read)])


def cer(truth: list[str], read: list[str]) -> float | None:
    return character_error_rate([(truth, read)])


def test_words_are_counted_whatever_their_order_case_and_lines() -> None:
    assert words(["Two coffees", "12.50 EUR"], ["eur COFFEES", "12.50", "two"]) == (1, 1, 1)


def test_words_by_hand() -> None:
    """Right: A, A, B, 12.50. Read: A, B, B, 12, 50. In both: A, B."""
    precision, recall, f1 = words(["a a b", "12.50"], ["A b", "b 12 50"])
    assert (precision, recall) == (2 / 5, 2 / 4)
    assert f1 == pytest.approx(2 * 2 / 9)


def test_documents_count_by_their_words() -> None:
    assert word_scores([(["a b c"], ["a b c"]), (["d"], ["x"])])[2] == 3 / 4


def test_marks_join_numbers_but_are_no_words() -> None:
    truth, read = ["2026-11-22 10:30 a/b", "* - RM 1,234.50 !"], ["2026-11-22", "10:30", "A/B", "RM", "1,234.50"]
    assert words(truth, read) == (1, 1, 1)


def test_characters_by_hand() -> None:
    """Two substitutions and one insertion on 12 characters, the space at the line's end included."""
    assert cer(["Invoice", "4711"], ["lnvoice", "47111", ""]) == 2 / 12
    assert cer(["abc"], ["xbc"]) == 1 / 3
    assert cer(["abc"], ["abcdefg"]) == 4 / 3


def test_white_space_composition_and_editors_marks_are_no_errors() -> None:
    left, right = "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}", "\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}"
    marked = [f"the  {left}caf\u00e9{right}^2"]
    assert cer(marked, ["the cafe\u0301", ""]) == 1 / 9
    assert cer(marked, [" the\tcafe\u03012 "]) == 0


def test_without_text_there_is_nothing_to_say() -> None:
    assert word_scores([]) == (None, None, None)
    assert character_error_rate([]) is None
