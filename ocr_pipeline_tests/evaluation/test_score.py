from typing import Any

import pytest

from ocr_pipeline.evaluation.score import AllRight, FieldScore, Prediction, Score, is_right, labelled, score

SCORED_ONE = FieldScore(1, 1, 1, 1, 1, documents=1)


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
    assert found.fields == {"total": SCORED_ONE}
    assert (found.mean, found.all_right) == (SCORED_ONE, AllRight(1, 1, 1, documents=1))


@pytest.mark.parametrize("predictions", [{}, {"a": Prediction()}])
def test_what_was_not_read_scores_nothing(predictions: dict[str, Prediction]) -> None:
    found = score([truth("Invoice 4711", kind="letter", total="12.50")], predictions)
    assert (found.word_precision, found.word_recall, found.word_f1, found.cer) == (None, 0, 0, 1)
    assert found.fields == {"total": FieldScore(0, 0, 0, 0, 0, documents=1)}
    assert found.all_right == AllRight(0, 0, 0, documents=1)


def test_without_truth_there_is_no_score() -> None:
    assert score([], {}) == Score(None, None, None, None, {})
    assert scored(truth(), "words", total="1") == Score(None, None, None, None, {})


@pytest.mark.parametrize("kind", ["receipt", "invoice", "form"])
def test_characters_are_compared_only_where_the_truth_is_in_reading_order(kind: str) -> None:
    assert scored(truth("abc", kind=kind), "xyz").cer is None


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


def test_case_counts_as_printed_and_not_in_any_case() -> None:
    result = field("vendor_name", "GREEN OAK CAFE", "Green Oak Cafe")
    assert (result.strict, result.strict_any_case, result.normalised) == (0, 1, 1)
    assert result.similarity == pytest.approx(5 / 14)
    assert result.similarity_any_case == 1


def test_a_mean_is_over_fields_and_all_right_over_documents() -> None:
    """Of two totals one is right, of one vendor all; the third document has no label and does not count."""
    labels: list[dict[str, str]] = [{"total": "1.00", "vendor_name": "Oak"}, {"total": "2.00"}, {}]
    truths = [{**truth(**fields), "id": str(number)} for number, fields in enumerate(labels)]
    predictions = {"0": Prediction(fields={"total": "1", "vendor_name": "OAK"}), "1": Prediction()}
    found = score(truths, predictions)
    assert found.mean is not None
    assert (found.mean.strict, found.mean.strict_any_case, found.mean.normalised) == (0, 1 / 2, 3 / 4)
    assert found.mean.documents == 2
    assert found.all_right == AllRight(strict=0, strict_any_case=0, normalised=1 / 2, documents=2)


def test_one_value_is_held_against_the_labels() -> None:
    labels = {"total": "12.50", "total_raw": "RM 12.50", "currency": None, "extra": {"tax": "1.00"}}
    assert labelled(labels) == {"total": ["12.50", "RM 12.50"]}
    assert [is_right("total", value, labels) for value in ("12.5", "13.00", "")] == [True, False, False]
    assert is_right("currency", "MYR", labels) is None


def test_items_and_extras_are_no_fields() -> None:
    right = {**truth(), "fields": {"line_items": [{"amount": "1"}], "extra": {"tax": "1"}, "total": "1.00"}}
    assert set(scored(right).fields) == {"total"}
