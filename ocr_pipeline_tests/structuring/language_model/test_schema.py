import json

import pytest
from jsonschema import Draft202012Validator

from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.kinds.receipt import RECEIPT
from ocr_pipeline.kinds.registry import SHIPPED
from ocr_pipeline.structuring.language_model.examples import EXAMPLES
from ocr_pipeline.structuring.language_model.schema import MOST_ITEMS, answer_schema, budget, longest_answer


@pytest.mark.parametrize("kind", SHIPPED, ids=lambda kind: kind.name)
def test_the_right_answers_of_the_examples_fit_and_have_room(kind: DocumentKind) -> None:
    schema = answer_schema(kind)
    Draft202012Validator.check_schema(schema)
    for example in EXAMPLES:
        answer = example.answer(kind)
        Draft202012Validator(schema).validate(json.loads(answer))
        assert len(answer) <= longest_answer(schema)


@pytest.mark.parametrize(
    "change",
    [
        {"total": {"lines": [1], "value": "RM 9.50"}},
        {"total": {"lines": [], "value": "9.50"}},
        {"total": "9.50"},
        {"document_date": {"lines": [1], "value": "2019-13-07"}},
        {"currency": {"lines": [1], "value": "ringgit"}},
        {"vendor_name": {"lines": [1], "value": "A" * 121}},
        {"vendor_name": {"lines": [1], "value": "A", "box": [0, 0, 1, 1]}},
        {"line_items": [{"lines": [1], "description": "A", "quantity": None, "unit_price": None}]},
        {"mood": "fair"},
    ],
)
def test_what_is_no_answer_does_not_fit(change: dict[str, object]) -> None:
    answer = json.loads(EXAMPLES[0].answer(RECEIPT)) | change
    assert not Draft202012Validator(answer_schema(RECEIPT)).is_valid(answer)


def test_every_field_is_asked_for_and_may_be_null() -> None:
    nothing: dict[str, object] = {spec.name: None for spec in RECEIPT.fields} | {"line_items": []}
    validator = Draft202012Validator(answer_schema(RECEIPT))
    assert validator.is_valid(nothing)
    for name in nothing:
        assert not validator.is_valid({key: value for key, value in nothing.items() if key != name})


def test_the_longest_answer_is_counted_to_the_character() -> None:
    text = {"type": "string", "maxLength": 5}
    numbers = {"type": "array", "maxItems": 3, "items": {"type": "integer", "maximum": 99}}
    schema = {"type": "object", "properties": {"a": {"anyOf": [{"type": "null"}, text]}, "b": numbers}}
    longest = '{"a":"wwwww","b":[99,99,99]}'
    assert len(longest) <= longest_answer(schema) <= len(longest) + 2  # a comma behind the last of each
    assert longest_answer({"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 1}]}) == len("null")


def test_a_receipt_with_all_the_items_that_are_allowed_fits_the_usual_budget() -> None:
    answer = json.loads(EXAMPLES[0].answer(RECEIPT))
    answer["line_items"] = [answer["line_items"][0]] * MOST_ITEMS
    schema = answer_schema(RECEIPT)
    Draft202012Validator(schema).validate(answer)
    # A token of Mistral's holds 2.2 characters of such an answer.
    assert len(json.dumps(answer, separators=(",", ":"))) / 2.2 < budget(schema).usual < budget(schema).most


def test_a_schema_without_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="bounds"):
        longest_answer({"type": "object", "properties": {"a": {"type": "string"}}})
