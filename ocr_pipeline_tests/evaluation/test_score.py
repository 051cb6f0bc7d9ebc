from typing import Any

import pytest

from ocr_pipeline.evaluation.score import FieldScore, Prediction, Score, score


def truth(*lines: str, kind: str = "receipt", **fields: str) -> dict[str, Any]:
    return {"id": "a", "kind": kind, "text_lines": list(lines), "fields": fields}


def scored(right: dict[str, Any], *lines: str, **fields: str) -> Score:
    return score([right], {"a": Prediction(lines, fields)})


def field(name: str, answer: str, found: str, **labels: str) -> FieldScore:
    return scored(truth(**{name: answer, **labels}), **{name: found}).fields[name]


def test_what_is_all_right_scores_one() -> None:
    right = truth("Invoice 4711", "Total: 12.50", kind="letter", total="12.50")
    found = scored(right, "Invoice 4711", "Total: 12.50", total="12.50")
    assert (found.word_precision, found.word_recall, found.word_f1, found.cer) == (1, 1, 1, 0)
    assert found.fields == {"total": FieldScore(strict=1, normalised=1, similarity=1, documents=1)}


@pytest.mark.parametrize("predictions", [{}, {"a": Prediction()}])
def test_what_was_not_read_scores_nothing(predictions: dict[str, Prediction]) -> None:
    found = score([truth("Invoice 4711", kind="letter", total="12.50")], predictions)
    assert (found.word_precision, found.word_recall, found.word_f1, found.cer) == (None, 0, 0, 1)
    assert found.fields == {"total": FieldScore(strict=0, normalised=0, similarity=0, documents=1)}


def test_without_truth_there_is_no_score() -> None:
    assert score([], {}) == Score(None, None, None, None, {})
    assert scored(truth(), "words", total="1") == Score(None, None, None, None, {})


def test_words_are_counted_whatever_their_order_case_and_lines() -> None:
    found = scored(truth("Two coffees", "12.50 EUR"), "eur COFFEES", "12.50", "two")
    assert found.word_f1 == 1


def test_words_by_hand() -> None:
    """Right: A, A, B, 12.50. Read: A, B, B, 12, 50. In both: A, B."""
    found = scored(truth("a a b", "12.50"), "A b", "b 12 50")
    assert found.word_precision == 2 / 5
    assert found.word_recall == 2 / 4
    assert found.word_f1 == pytest.approx(2 * 2 / 9)


def test_documents_count_by_their_words() -> None:
    truths = [{**truth("a b c"), "id": "1"}, {**truth("d"), "id": "2"}]
    found = score(truths, {"1": Prediction(("a b c",)), "2": Prediction(("x",))})
    assert found.word_f1 == 3 / 4


def test_marks_join_numbers_but_are_no_words() -> None:
    found = scored(truth("2026-11-22 10:30 a/b", "* - RM 1,234.50 !"), "2026-11-22", "10:30", "A/B", "RM", "1,234.50")
    assert (found.word_precision, found.word_recall) == (1, 1)


def test_characters_by_hand() -> None:
    """Two substitutions and one insertion on 12 characters, the space at the line's end included."""
    assert scored(truth("Invoice", "4711", kind="letter"), "lnvoice", "47111", "").cer == 2 / 12
    assert scored(truth("abc", kind="page"), "xbc").cer == 1 / 3
    assert scored(truth("abc", kind="line"), "abcdefg").cer == 4 / 3


@pytest.mark.parametrize("kind", ["receipt", "invoice", "form"])
def test_characters_are_compared_only_where_the_truth_is_in_reading_order(kind: str) -> None:
    assert scored(truth("abc", kind=kind), "xyz").cer is None


def test_white_space_composition_and_editors_marks_are_no_errors() -> None:
    left, right = "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}", "\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}"
    marked = truth(f"the  {left}caf\u00e9{right}^2", kind="page")
    assert scored(marked, "the cafe\u0301", "").cer == 1 / 9
    assert scored(marked, " the\tcafe\u03012 ").cer == 0


@pytest.mark.parametrize(
    ("name", "answer", "found"),
    [
        ("vendor_name", "ACME Sdn. Bhd.", "acme sdn bhd"),
        ("vendor_address", "1, High St, Leeds", "1 High St. Leeds"),
        ("total", "1234.50", "1,234.50"),
        ("total", "1234.50", "RM 1234.5"),
        ("total", "1234.50", "1.234,50 EUR"),
        ("total", "9.00", "9,00"),
        ("total", "1234.00", "1,234"),
        ("total", "-5.00", "-5,00"),
        ("document_date", "2026-11-22", "20261122"),
    ],
)
def test_same_meaning_in_other_signs(name: str, answer: str, found: str) -> None:
    result = field(name, answer, found)
    assert (result.strict, result.normalised) == (0, 1)
    assert 0 < result.similarity < 1


@pytest.mark.parametrize(
    ("name", "answer", "found"),
    [
        ("total", "12.50", "1250"),
        ("total", "12.50", ""),
        ("total", "12.50", "about 13"),
        ("document_date", "2026-11-22", "2026-11-23"),
        ("vendor_name", "ACME", "ACNE"),
    ],
)
def test_another_meaning(name: str, answer: str, found: str) -> None:
    result = field(name, answer, found)
    assert (result.strict, result.normalised) == (0, 0)


def test_a_value_may_also_be_given_as_it_is_printed() -> None:
    assert field("document_date", "2026-11-22", "22 Nov 2026", document_date_raw="22 Nov 2026").strict == 1
    assert field("total", "12.50", "RM12.50", total_raw="RM12.50").strict == 1
    assert scored(truth(total_raw="RM12.50"), total="12.50").fields["total"].normalised == 1


def test_fields_by_hand() -> None:
    """One right, one of four characters wrong, one missing; the fourth document has no such label."""
    labels: list[dict[str, str]] = [{"vendor_name": "ACME"}, {"vendor_name": "ACME"}, {"vendor_name": "ACME"}, {}]
    truths = [{**truth(**fields), "id": str(number)} for number, fields in enumerate(labels)]
    predictions = {
        "0": Prediction(fields={"vendor_name": "ACME"}),
        "1": Prediction(fields={"vendor_name": "ACNE"}),
        "3": Prediction(fields={"vendor_name": "ACME"}),
    }
    result = score(truths, predictions).fields["vendor_name"]
    assert (result.strict, result.normalised, result.documents) == (1 / 3, 1 / 3, 3)
    assert result.similarity == pytest.approx((1 + 3 / 4 + 0) / 3)


def test_items_and_extras_are_no_fields() -> None:
    right = {**truth(), "fields": {"line_items": [{"amount": "1"}], "extra": {"tax": "1"}, "total": "1.00"}}
    assert set(scored(right).fields) == {"total"}
