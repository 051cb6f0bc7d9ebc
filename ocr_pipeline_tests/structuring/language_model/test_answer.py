import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.kinds.receipt import RECEIPT
from ocr_pipeline.structuring.language_model.answer import Cited, salvaged_answer, whole_answer
from ocr_pipeline.structuring.language_model.examples import EXAMPLES

_TEXT = EXAMPLES[0].answer(RECEIPT)


def test_a_whole_answer_is_read() -> None:
    answer = whole_answer(_TEXT, RECEIPT)
    assert answer is not None
    assert answer.fields["total"] == Cited("9.50", (18,))
    assert len(answer.fields) == len(RECEIPT.fields)
    assert [item["description"].value for item in answer.items] == ["COPPER WIRE", "GLUE STICK"]
    assert answer.items[0]["quantity"] == Cited("2", (7, 8))
    assert set(answer.items[1]) == {"description", "amount"}


@given(st.integers(0, len(_TEXT) - 1))
def test_of_a_cut_answer_only_what_was_said_in_full_is_taken(length: int) -> None:
    whole = whole_answer(_TEXT, RECEIPT)
    assert whole is not None
    cut = _TEXT[:length]
    assert whole_answer(cut, RECEIPT) is None
    salvaged = salvaged_answer(cut, RECEIPT)
    if salvaged is None:
        assert '"value":"QUILL COPPER SUPPLIES SDN. BHD."' not in cut
        return
    assert salvaged.fields.items() <= whole.fields.items()
    assert salvaged.items == whole.items[: len(salvaged.items)]
    said = {name for name, cited in whole.fields.items() if f'"value":"{cited.value}"}}' in cut}
    assert said <= salvaged.fields.keys()


def test_a_number_that_the_cut_fell_into_is_not_taken() -> None:
    """Without a schema models write numbers bare: 11.6 may have been going to be 11.60 or 11.65."""
    salvaged = salvaged_answer('{"tax":{"lines":[1],"value":0.5},"total":{"lines":[2],"value":11.6', RECEIPT)
    assert salvaged is not None
    assert salvaged.fields == {"tax": Cited("0.5", (0,))}


@pytest.mark.parametrize("around", ["{}", "Here it is:\n```json\n{}\n```\nAnything else?", " \n{}\n\n"])
def test_what_models_write_around_an_answer_is_left_out(around: str) -> None:
    assert whole_answer(around.replace("{}", _TEXT), RECEIPT) == whole_answer(_TEXT, RECEIPT)


def test_answers_of_models_that_nobody_bound_are_read_where_they_can_be() -> None:
    given = {
        "vendor_name": "ACME",
        "total": {"value": 11.6, "lines": "4"},
        "tax": {"value": "N/A", "lines": [3]},
        "cash": {"lines": [2]},
        "change": [1, 2],
        "rounding": {"value": True, "lines": [True]},
        "subtotal": {"value": "1\x00\ud800", "lines": [0, -1, 2.5, 7]},
        "line_items": [{"description": "PEN"}, "x", None],
        "more": 1,
    }
    answer = whole_answer(json.dumps(given), RECEIPT)
    assert answer is not None
    assert answer.fields == {
        "vendor_name": Cited("ACME", ()),
        "total": Cited("11.6", ()),
        "subtotal": Cited("1\ufffd\ufffd", (6,)),
    }
    assert answer.items == ()


@given(st.text() | st.text(alphabet='{}[]",:0123456789.nulltruefalse '))
def test_no_text_breaks_the_reader(text: str) -> None:
    names = {spec.name for spec in RECEIPT.fields}
    for answer in (whole_answer(text, RECEIPT), salvaged_answer(text, RECEIPT)):
        assert answer is None or answer.fields.keys() <= names


@pytest.mark.parametrize("text", ["{}", "}} {} {", '{"mood": "fair"}', "[]"])
def test_json_that_speaks_of_no_field_is_no_answer(text: str) -> None:
    assert whole_answer(text, RECEIPT) is None


@pytest.mark.parametrize("text", ["", "I cannot read this.", "[]", "null", "{", '{"vendor_name":null', '{"other":1'])
def test_nothing_is_salvaged_of_nothing(text: str) -> None:
    assert salvaged_answer(text, RECEIPT) is None
