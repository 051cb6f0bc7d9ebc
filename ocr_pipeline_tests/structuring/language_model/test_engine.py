import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import pytest
from jsonschema import Draft202012Validator

from ocr_pipeline.documents.model import DocumentText, Field, Record, Support
from ocr_pipeline.kinds.form import FORM
from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.kinds.receipt import RECEIPT
from ocr_pipeline.structuring.cpu_engine import CpuEngine
from ocr_pipeline.structuring.grounding.gives import gives
from ocr_pipeline.structuring.language_model.engine import LanguageModelEngine
from ocr_pipeline.structuring.language_model.in_process import InProcessModel
from ocr_pipeline.structuring.language_model.model import (
    Completion,
    LanguageModel,
    LanguageModelUnavailable,
    Prompt,
    Schema,
)
from ocr_pipeline.structuring.language_model.prompt import PROMPT_VERSION
from ocr_pipeline.structuring.language_model.schema import answer_schema, budget
from ocr_pipeline.structuring.language_model.server import ServerModel
from ocr_pipeline_tests.structuring.language_model.documents import Kept, Told, documents
from ocr_pipeline_tests.structuring.typed import RECEIPT as PRINTED
from ocr_pipeline_tests.structuring.typed import typed


class FindsNothing:
    """In the CPU engine's place, so that all there is comes from the model."""

    name = "cpu"
    version = "0"
    at_once = 1
    counts: ClassVar[dict[str, int]] = {}

    def structure(self, text: DocumentText, kind: DocumentKind) -> Record:
        return Record(engine="cpu-0", kind=kind.name, fields={})


class Overheard:
    """A model whose whole answers are kept to be looked at."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.identity = model.identity
        self.heard: list[tuple[Schema, Completion]] = []

    def complete(self, prompt: Prompt, schema: Schema, max_tokens: int) -> Completion:
        completion = self._model.complete(prompt, schema, max_tokens)
        self.heard.append((schema, completion))
        return completion


def told(*texts: str, answers: Kept | None = None) -> tuple[LanguageModelEngine, Told]:
    model = Told(*texts)
    return LanguageModelEngine("mistral", model, cpu=CpuEngine(), at_once=2, answers=answers), model


def says(**fields: tuple[list[int], str]) -> str:
    nothing: dict[str, object] = {spec.name: None for spec in RECEIPT.fields}
    given = {name: {"lines": lines, "value": value} for name, (lines, value) in fields.items()}
    return json.dumps(nothing | {"line_items": []} | given)


def assert_borne_out(record: Record, kind: DocumentKind, text: DocumentText) -> None:
    """Every value of the record has words of the document that give it."""
    words = {word.text for word in text.words}
    for name, field in record.fields.items():
        spec = kind.field(name)
        assert spec is not None
        assert set(field.evidence.words) <= words
        assert gives(field.evidence.words, field.value, spec.type) == field.support != Support.UNSUPPORTED


def test_two_hundred_answers_of_a_random_model_fit_and_what_it_invents_is_refused(tiny_model: Path) -> None:
    model = Overheard(InProcessModel(str(tiny_model), at_once=50))
    engine = LanguageModelEngine("mistral", model, cpu=FindsNothing(), at_once=50)
    texts = documents(200)
    with ThreadPoolExecutor(50) as threads:
        records = list(threads.map(lambda text: engine.structure(text, FORM), texts))
    whole = [(schema, heard) for schema, heard in model.heard if not heard.truncated]
    assert len(whole) == 200
    for schema, heard in whole:
        Draft202012Validator(schema).validate(json.loads(heard.text))
    said = 0
    for record, text in zip(records, texts, strict=True):
        assert Record.model_validate_json(record.model_dump_json()) == record
        assert (record.engine, record.model, record.prompt) == ("mistral-1", model.identity, PROMPT_VERSION)
        assert_borne_out(record, FORM, text)
        said += len(record.unsupported) + len(record.fields)
    invented = sum(len(record.unsupported) for record in records)
    assert invented > 200
    assert invented > 0.99 * said
    assert engine.usage.answers == len(model.heard)
    assert engine.usage.completion_tokens == sum(heard.completion_tokens for _, heard in model.heard)


def test_a_right_answer_is_believed_with_its_evidence() -> None:
    engine, _ = told(
        says(
            total=([31], "16.00"), document_date=([10], "2018-04-05"), vendor_name=([1], "Sunny Corner Trading Sdn Bhd")
        )
    )
    text = typed(PRINTED)
    record = engine.structure(text, RECEIPT)
    assert record.fields["total"].evidence.words == ("16.00",)
    assert record.fields["total"].confidence > 0.8
    assert record.fields["document_date"].evidence.words[-1] == "05/04/2018"
    assert record.fields["vendor_name"].value == "SUNNY CORNER TRADING SDN BHD"
    assert (record.model, record.prompt, record.engine) == ("told@1", PROMPT_VERSION, "mistral-1")
    assert_borne_out(record, RECEIPT, text)


def test_what_the_document_does_not_say_is_no_field() -> None:
    engine, _ = told(says(vendor_tax_id=([7], "555"), cash=([31], "99.00"), vendor_name=([1, 999], "Moonlight Ltd")))
    record = engine.structure(typed(PRINTED), RECEIPT)
    assert {
        "vendor_tax_id": "555",
        "cash": "99.00",
        "vendor_name": "Moonlight Ltd",
    }.items() <= record.unsupported.items()
    assert all(field.value not in {"555", "99.00", "Moonlight Ltd"} for field in record.fields.values())


def test_line_items_are_borne_out_part_by_part() -> None:
    answer = json.loads(says())
    answer["line_items"] = [
        {"lines": [9], "description": "RED CAR", "quantity": "1", "unit_price": "9.99", "amount": "9.99"},
        {"lines": [15, 18], "description": "BLUE PEN", "quantity": "3", "unit_price": "2.00", "amount": "6.00"},
        {"lines": [19, 22], "description": "NOTEBOOK A5", "quantity": "2", "unit_price": "8.88", "amount": "9.10"},
    ]
    engine, _ = told(json.dumps(answer))
    record = engine.structure(typed(PRINTED), RECEIPT)
    pen, notebook = record.line_items
    parts = (pen.description, pen.quantity, pen.unit_price, pen.amount)
    assert [part and part.value for part in parts] == ["BLUE PEN", "3", "2.00", "6.00"]
    assert notebook.unit_price is None
    assert record.unsupported["line_items[1].unit_price"] == "8.88"
    assert record.unsupported["line_items[2].description"] == "RED CAR"


def test_a_cut_answer_is_asked_for_again_with_more_room() -> None:
    whole = says(total=([31], "16.00"))
    engine, model = told(whole[:-40] + "…", whole)
    record = engine.structure(typed(PRINTED), RECEIPT)
    room = budget(answer_schema(RECEIPT))
    assert [bound for _, bound in model.asked] == [room.usual, room.most]
    assert record.fields["total"].value == "16.00"
    assert record.engine == "mistral-1"


def test_an_answer_cut_twice_is_salvaged_and_not_kept() -> None:
    cut = '{"total":{"lines":[31],"value":"16.00"},"cash":{"lines":[33],"value":"20.0…'
    kept = Kept()
    engine, model = told(cut, cut, answers=kept)
    record = engine.structure(typed(PRINTED), RECEIPT)
    assert len(model.asked) == 2
    assert record.fields["total"].confidence > 0.8
    assert record.unsupported == {}
    assert kept.answers == {}


def test_what_a_cut_answer_said_is_kept_where_more_room_is_refused() -> None:
    """As servers do whose context is too short for the larger budget."""
    engine, model = told('{"total":{"lines":[31],"value":"16.00"},"cash":{"li…', "…")
    record = engine.structure(typed(PRINTED), RECEIPT)
    assert len(model.asked) == 2
    assert record.engine == "mistral-1"
    assert record.fields["total"].confidence > 0.8


@pytest.mark.parametrize("text", ["", "I am sorry, but I cannot read this.", "…", "<html>busy</html>"])
def test_without_a_usable_answer_the_record_is_the_cpu_engines_and_says_so(text: str) -> None:
    engine, model = told(text)
    record = engine.structure(typed(PRINTED), RECEIPT)
    own = CpuEngine().structure(typed(PRINTED), RECEIPT)
    assert record == own.model_copy(update={"model": "told@1", "prompt": PROMPT_VERSION})
    assert record.engine.startswith("cpu-")
    assert len(model.asked) == 1


def test_a_server_that_is_down_is_no_fault_of_the_document() -> None:
    engine = LanguageModelEngine(
        "mistral_server", ServerModel("http://127.0.0.1:9/v1", "m"), cpu=CpuEngine(), at_once=1
    )
    with pytest.raises(LanguageModelUnavailable):
        engine.structure(typed(PRINTED), RECEIPT)


def test_the_same_question_is_asked_once() -> None:
    kept = Kept()
    engine, model = told(says(total=([31], "16.00")), says(total=([31], "16.00")), answers=kept)
    first = engine.structure(typed(PRINTED), RECEIPT)
    assert engine.structure(typed(PRINTED), RECEIPT) == first
    assert len(model.asked) == len(kept.answers) == 1
    engine.structure(typed(PRINTED.replace("BLUE", "RED")), RECEIPT)
    assert len(model.asked) == len(kept.answers) == 2


def test_a_document_without_text_is_not_asked_about() -> None:
    engine, model = told()
    assert engine.structure(DocumentText(pages=()), RECEIPT).fields == {}
    assert model.asked == []


def test_what_was_left_out_of_a_long_document_is_on_the_record() -> None:
    engine, _ = told(says())
    record = engine.structure(typed("\n".join(f"line {n} {'x' * 60}" for n in range(1000))), RECEIPT)
    assert record.prompt is not None
    assert record.prompt.startswith(f"{PROMPT_VERSION}, without lines ")


def test_who_disagrees_is_looked_at() -> None:
    engine, _ = told(says(total=([33], "20.00")))
    record = engine.structure(typed(PRINTED), RECEIPT)
    assert record.fields["total"].value == "20.00"
    assert record.fields["total"].confidence < 0.5
    assert record.disputed == {"total": "16.00"}
    assert isinstance(record.fields["document_date"], Field)
