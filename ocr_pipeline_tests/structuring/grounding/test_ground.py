from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Box, Evidence, Field, LineItem, Reading, Record, Support
from ocr_pipeline.kinds.form import FORM
from ocr_pipeline.kinds.kind import FieldType
from ocr_pipeline.kinds.receipt import RECEIPT as KIND
from ocr_pipeline.samples.generate import compose
from ocr_pipeline.settings import Settings
from ocr_pipeline.structuring.engine import load_engine
from ocr_pipeline.structuring.grounding.gives import gives
from ocr_pipeline.structuring.grounding.ground import ground
from ocr_pipeline.structuring.grounding.locate import locate
from ocr_pipeline_tests.structuring.typed import LETTER, RECEIPT, RECHNUNG, typed

TEXT = typed(RECEIPT)
NOWHERE = Evidence(words=())


def field(value: str, evidence: Evidence = NOWHERE, **more: object) -> Field:
    return Field.model_validate({"value": value, "confidence": 0.8, "evidence": evidence} | more)


def record(items: tuple[LineItem, ...] = (), **fields: Field) -> Record:
    return Record(engine="test", kind=KIND.name, fields=fields, line_items=items)


def place_of(value: str, field_type: FieldType) -> Evidence:
    located = locate(value, field_type, TEXT)
    assert located is not None
    return located.evidence


def assert_grounded(found: Record) -> None:
    """Every value is given by its words, was computed, or stands in an attachment."""
    for name, each in found.fields.items():
        spec = KIND.field(name)
        assert spec is not None
        if each.evidence.computation is None and each.evidence.attachment is None:
            assert gives(each.evidence.words, each.value, spec.type) is each.support is not Support.UNSUPPORTED


def test_values_without_evidence_get_it() -> None:
    found = ground(record(total=field("16.00"), document_date=field("2018-04-05")), TEXT, KIND)
    assert found.unsupported == {}
    assert found.fields["total"].evidence == place_of("16.00", FieldType.AMOUNT)
    assert found.fields["document_date"].evidence.words == ("05/04/2018",)
    assert {each.support for each in found.fields.values()} == {Support.SUPPORTED}
    assert {each.confidence for each in found.fields.values()} == {0.8}


def test_invented_values_go() -> None:
    found = ground(record(total=field("17.00"), vendor_name=field("MOON TRADING"), currency=field("EUR")), TEXT, KIND)
    assert found.fields == {}
    assert found.unsupported == {"total": "17.00", "vendor_name": "MOON TRADING", "currency": "EUR"}


def test_what_was_unsupported_before_stays_so() -> None:
    before = record(total=field("17.00")).model_copy(update={"unsupported": {"tax": "1.00"}})
    assert ground(before, TEXT, KIND).unsupported == {"tax": "1.00", "total": "17.00"}


def test_evidence_that_gives_the_value_stays() -> None:
    first = next(word for word in TEXT.words if word.text == "15.10")
    evidence = Evidence(page=1, box=first.box, words=("15.10",))
    assert ground(record(subtotal=field("15.10", evidence)), TEXT, KIND).fields["subtotal"].evidence == evidence
    assert place_of("15.10", FieldType.AMOUNT) != evidence


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(page=1, box=Box(0, 0, 9, 9), words=("16.00", "20.00")),
        Evidence(page=7, box=Box(0, 0, 9, 9), words=("16.00",)),
        Evidence(page=1, box=Box(0, 0, 9, 9), words=()),
    ],
)
def test_evidence_that_does_not_is_replaced(evidence: Evidence) -> None:
    found = ground(record(total=field("16.00", evidence)), TEXT, KIND)
    assert found.fields["total"].evidence == place_of("16.00", FieldType.AMOUNT)


def test_words_that_are_not_in_the_document_are_no_evidence() -> None:
    evidence = Evidence(page=1, box=Box(0, 0, 9, 9), words=("17.00",))
    assert ground(record(total=field("17.00", evidence)), TEXT, KIND).unsupported == {"total": "17.00"}


def test_it_is_looked_for_where_the_evidence_pointed() -> None:
    first = next(word for word in TEXT.words if word.text == "15.10")
    evidence = Evidence(page=1, box=first.box, words=("Sub", "Total", "15.10"))
    assert ground(record(subtotal=field("15.10", evidence)), TEXT, KIND).fields["subtotal"].evidence.box == first.box


def test_putting_right_costs_confidence_once() -> None:
    text = typed("SUNNY TRADING SDN BHO\nTOTAL   RMO.05")
    once = ground(record(vendor_name=field("SUNNY TRADING SDN BHD"), total=field("0.05")), text, KIND)
    assert {name: each.support for name, each in once.fields.items()} == {
        "vendor_name": Support.CORRECTED,
        "total": Support.CORRECTED,
    }
    assert all(each.confidence < 0.8 for each in once.fields.values())
    assert ground(once, text, KIND) == once


def test_attachments_are_believed() -> None:
    kept = field("17.00", Evidence(words=("17.00",), attachment="factur-x.xml#GrandTotalAmount"))
    assert ground(record(total=kept), TEXT, KIND).fields == {"total": kept}


def test_computed_sums_stay_and_say_so() -> None:
    text = typed("SHOP\nNET   15.10\nGST   0.90")
    found = ground(record(total=field("16.00"), subtotal=field("15.10"), tax=field("0.90")), text, KIND)
    assert list(found.fields) == ["total", "subtotal", "tax"]
    assert found.unsupported == {}
    assert found.fields["total"].evidence == Evidence(words=("15.10", "0.90"), computation="subtotal + tax")
    assert found.fields["total"].support is Support.COMPUTED
    assert ground(found, text, KIND) == found


def test_sums_do_not_follow_from_sums_that_nobody_says() -> None:
    found = ground(record(total=field("17.00"), subtotal=field("16.50"), tax=field("0.50")), TEXT, KIND)
    assert found.unsupported == {"total": "17.00", "subtotal": "16.50", "tax": "0.50"}


def test_line_items() -> None:
    items = (
        LineItem(description=field("GREEN PEN"), amount=field("6.00")),
        LineItem(
            description=field("NOTEBOOK A5"), quantity=field("2.00"), unit_price=field("4.60"), amount=field("9.10")
        ),
    )
    found = ground(record(items), TEXT, KIND)
    assert found.unsupported == {"line_items[0].description": "GREEN PEN", "line_items[1].unit_price": "4.60"}
    (item,) = found.line_items
    assert (item.description.evidence.words, item.unit_price) == (("NOTEBOOK", "A5"), None)
    assert item.quantity is not None
    assert (item.quantity.value, item.quantity.evidence.words) == ("2.00", ("2",))


def test_alternatives_are_offered_only_where_their_words_give_them() -> None:
    printed = place_of("2018-04-05", FieldType.DATE)
    swapped, invented = (
        Reading(value=value, confidence=0.3, evidence=printed) for value in ("2018-05-04", "2018-05-06")
    )
    found = ground(record(document_date=field("2018-04-05", alternatives=(swapped, invented))), TEXT, KIND)
    assert found.fields["document_date"].alternatives == (swapped,)
    assert found.unsupported == {}


def test_fields_that_a_kind_does_not_have_are_compared_as_texts() -> None:
    found = ground(record(cashier=field("blue pen"), table=field("17")), TEXT, KIND)
    assert list(found.fields) == ["cashier"]


VALUES = st.text("0123456789 ABCDEMNORSU.-/", max_size=12)


@given(st.dictionaries(st.sampled_from([spec.name for spec in KIND.fields]), VALUES))
def test_nothing_invented_comes_through_and_nothing_gets_lost(values: dict[str, str]) -> None:
    fields = {name: field(value) for name, value in values.items()}
    before = record().model_copy(update={"fields": fields})
    found = ground(before, TEXT, KIND)
    assert_grounded(found)
    assert {name: each.value for name, each in found.fields.items()} | found.unsupported == values
    assert not found.fields.keys() & found.unsupported.keys()


@pytest.mark.parametrize("printed", [RECEIPT, RECHNUNG, LETTER])
def test_what_the_cpu_engine_reads_is_given(printed: str) -> None:
    text = typed(printed)
    found = load_engine(Settings()).structure(text, FORM)
    assert ground(found, text, FORM) == found


@pytest.mark.parametrize("index", range(8))
def test_what_it_reads_on_samples_is_given(index: int, tmp_path: Path) -> None:
    sample, _ = compose(tmp_path, 7, index)
    text = typed("\n".join(sample.text_lines))
    found = load_engine(Settings()).structure(text, KIND)
    grounded = ground(found, text, KIND)
    assert grounded.unsupported == {}
    assert_grounded(grounded)
