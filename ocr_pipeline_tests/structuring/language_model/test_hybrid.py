from ocr_pipeline.documents.model import Box, Evidence, Field, LineItem, Record
from ocr_pipeline.kinds.receipt import RECEIPT
from ocr_pipeline.structuring.language_model.grounded import Grounded
from ocr_pipeline.structuring.language_model.hybrid import Compared, compare


def field(value: str, confidence: float = 0.7) -> Field:
    evidence = Evidence(page=1, box=Box(0, 0, 1, 1), words=tuple(value.split()))
    return Field(value=value, confidence=confidence, evidence=evidence)


def item(amount: str) -> LineItem:
    return LineItem(description=field("PEN"), amount=field(amount))


def compared(
    model: dict[str, Field], cpu: dict[str, Field], items: tuple[LineItem, ...] = (), others: tuple[LineItem, ...] = ()
) -> Compared:
    record = Record(engine="cpu-0", kind="receipt", fields=cpu, line_items=others)
    return compare(Grounded(model, items), record, RECEIPT)


def test_agreement_raises_the_confidence() -> None:
    both = compared({"total": field("16.00", 0.6)}, {"total": field("16.00", 0.8)})
    assert both.fields["total"].confidence == 0.9
    assert both.disputed == {}


def test_texts_agree_where_their_letters_do_and_stay_as_printed() -> None:
    both = compared({"vendor_name": field("Acme Sdn. Bhd.")}, {"vendor_name": field("ACME SDN BHD")})
    assert both.fields["vendor_name"].value == "ACME SDN BHD"
    assert both.disputed == {}


def test_amounts_do_not_agree_by_their_digits() -> None:
    both = compared({"total": field("16.00")}, {"total": field("1600.0")})
    assert both.disputed == {"total": "1600.0"}


def test_a_dispute_is_below_the_threshold_of_review() -> None:
    both = compared({"total": field("16.00", 0.99)}, {"total": field("15.10", 0.99)})
    assert both.fields["total"].value == "16.00"
    assert both.fields["total"].confidence < 0.5
    assert both.disputed == {"total": "15.10"}


def test_what_one_alone_has_lies_between() -> None:
    both = compared({"total": field("16.00", 0.7)}, {"cash": field("20.00", 0.9)})
    assert both.fields["total"].confidence == 0.7
    assert 0.5 < both.fields["cash"].confidence < 0.9
    assert both.disputed == {}


def test_line_items_agree_by_their_amounts() -> None:
    both = compared({}, {}, (item("6.00"), item("9.10")), (item("6.00"), item("9.10")))
    assert [one.amount and one.amount.confidence for one in both.line_items] == [0.85, 0.85]
    assert both.disputed == {}


def test_line_items_that_differ_are_disputed() -> None:
    both = compared({}, {}, (item("6.00"), item("9.10")), (item("15.10"),))
    assert [one.amount and one.amount.value for one in both.line_items] == ["6.00", "9.10"]
    assert all(one.description.confidence < 0.5 for one in both.line_items)
    assert both.disputed == {"line_items": "15.10"}


def test_line_items_of_one_alone_are_taken() -> None:
    assert compared({}, {}, (item("6.00"),)).line_items == (item("6.00"),)
    assert [one.description.value for one in compared({}, {}, (), (item("6.00"),)).line_items] == ["PEN"]
