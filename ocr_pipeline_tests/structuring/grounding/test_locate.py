from datetime import date
from decimal import Decimal
from pathlib import Path
from time import process_time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ocr_pipeline.documents.geometry import from_level
from ocr_pipeline.documents.model import Box, DocumentText, Line, Page, Support, Word
from ocr_pipeline.kinds.kind import FieldType
from ocr_pipeline.samples.generate import compose
from ocr_pipeline.structuring.grounding.gives import gives
from ocr_pipeline.structuring.grounding.keys import key_of
from ocr_pipeline.structuring.grounding.locate import Located, WordIndex, locate
from ocr_pipeline_tests.structuring.grounding.printed import AMOUNTS, printed_amounts, printed_days
from ocr_pipeline_tests.structuring.typed import LETTER, RECEIPT, RECHNUNG, typed

AMOUNT, DATE, TEXT, ADDRESS, CODE, CURRENCY = (
    FieldType.AMOUNT, FieldType.DATE, FieldType.TEXT, FieldType.ADDRESS, FieldType.CODE, FieldType.CURRENCY,
)  # fmt: skip
TYPED = typed(RECEIPT, RECHNUNG, LETTER)
INDEX = WordIndex(TYPED)
NUMBERS = ("2", "4.55", "6", "9.10", "15.10", "0.91", "16", "20", "4", "1120.50", "2241", "59", "2300", "437", "2737",
           "123456", "123456789", "1905", "12345", "54321", "43210", "1234", "5678")  # fmt: skip
"""What is printed in these documents as a number by itself."""


def found(value: str, field_type: FieldType, text: DocumentText, lines: tuple[int, ...] = ()) -> Located:
    """Where the value is, after checks that hold of every place."""
    located = locate(value, field_type, text, lines)
    assert located is not None, value
    assert_place(located, value, field_type, text)
    return located


def assert_place(located: Located, value: str, field_type: FieldType, text: DocumentText) -> None:
    """The words are those of the box, on its page, and give the value."""
    evidence = located.evidence
    page = next(page for page in text.pages if page.number == evidence.page)
    assert evidence.box is not None
    inside = [
        word for line in page.lines for word in line.words if Box.around([word.box, evidence.box]) == evidence.box
    ]
    chosen = [word for word in inside if word.text in evidence.words]
    assert {word.text for word in chosen} == set(evidence.words)
    assert Box.around([word.box for word in chosen]) == evidence.box
    assert gives(evidence.words, value, field_type) is located.support
    assert (located.score == 1) == (located.support is Support.SUPPORTED)


@pytest.mark.parametrize(
    ("value", "field_type", "page", "words"),
    [
        ("Sunny Corner Trading Sdn Bhd", TEXT, 1, "SUNNY CORNER TRADING SDN BHD"),
        (
            "No 12, Jalan Mawar 3/4, Taman Mawar, 43210 Kajang, Selangor", ADDRESS, 1,
            "NO 12, JALAN MAWAR 3/4, TAMAN MAWAR, 43210 KAJANG, SELANGOR",
        ),
        ("Birkenweg 7, 54321 Lindenau", ADDRESS, 2, "Birkenweg 7 54321 Lindenau"),
        ("16.00", AMOUNT, 1, "16.00"),
        ("2241.00", AMOUNT, 2, "2.241,00"),
        ("-0.01", AMOUNT, 1, "-0.01"),
        ("2018-04-05", DATE, 1, "05/04/2018"),
        ("1905-06-03", DATE, 3, "June 3, 1905"),
        ("MYR", CURRENCY, 1, "RM"),
        ("EUR", CURRENCY, 2, "€"),
        ("CS00012345", CODE, 1, "CS00012345"),
        ("HA-2021-0815", CODE, 2, "HA-2021-0815"),
        ("The trees are doing well", TEXT, 3, "The trees are doing well"),
    ],
)  # fmt: skip
def test_values_are_found(value: str, field_type: FieldType, page: int, words: str) -> None:
    located = found(value, field_type, TYPED)
    assert (located.evidence.page, " ".join(located.evidence.words)) == (page, words)
    assert located.support is Support.SUPPORTED


@given(st.text("ABCDEFGHJKLMNPRSTUVWXYZ 0123456789", min_size=10).filter(lambda text: len(text.strip()) >= 10))
def test_what_is_invented_is_not_found(value: str) -> None:
    printed = key_of(tuple(word.text for word in TYPED.words), fold=True).characters
    assume(key_of(tuple(value.split()), fold=True).characters not in printed)
    for field_type in (TEXT, ADDRESS, CODE):
        assert INDEX.locate(value, field_type) is None


@given(AMOUNTS)
def test_an_invented_amount_is_not_found(amount: Decimal) -> None:
    printed = {Decimal(number) for number in NUMBERS}
    assume(amount not in printed)
    assert INDEX.locate(f"{amount:.2f}", AMOUNT) is None


@given(printed_amounts(), st.integers(0, 3))
def test_a_printed_amount_is_found(printed: tuple[Decimal, list[str]], rows: int) -> None:
    amount, words = printed
    text = typed("SHOP\n" * rows + f"SUM     {' '.join(words)}\nTHANK YOU")
    assert set(found(str(amount), AMOUNT, text).evidence.words) <= set(words)


@settings(deadline=None)  # dateparser loads its languages on first use
@given(printed_days())
def test_a_printed_date_is_found(printed: tuple[date, str, list[str]]) -> None:
    day, _, words = printed
    text = typed(f"SHOP\nNo 17     {' '.join(words)}\nTHANK YOU")
    assert found(day.isoformat(), DATE, text).evidence.words == tuple(words)


@given(st.integers(0, 22), st.integers(1, 5))
def test_what_stands_there_is_found(line: int, length: int) -> None:
    words = tuple(word.text for word in TYPED.pages[0].lines[line].words)[:length]
    if sum(character.isalnum() for character in "".join(words)) < 3:
        return
    assert "".join(found(" ".join(words), TEXT, TYPED).evidence.words).strip(":") == "".join(words).strip(":")


def test_amounts_are_not_parts_of_longer_numbers() -> None:
    text = typed("""
        A    11.00
        B    1.00.2018
        C    1.001
        D    21,00
    """)
    assert locate("1.00", AMOUNT, text) is None
    assert locate("0.00", AMOUNT, text) is None


def test_a_whole_word_is_better_than_a_part() -> None:
    text = typed("""
        REF 4711
        INV-4711-A
        NET 5.00
        SUM5.00SR
    """)
    assert found("4711", CODE, text).evidence.words == ("4711",)
    assert found("5.00", AMOUNT, text).evidence.words == ("5.00",)


def test_the_last_amount_and_the_first_of_all_else() -> None:
    text = typed("SHOP 1\n5.00\nSHOP 1\n5.00")
    assert found("5.00", AMOUNT, text).evidence.box == text.words[-1].box
    assert found("SHOP 1", TEXT, text).evidence.box == text.pages[0].lines[0].box


def test_lines_that_are_cited_decide() -> None:
    text = typed("SHOP 1\n5.00\nSHOP 1\n5.00\nS H O P 1")
    assert found("5.00", AMOUNT, text, (1,)).evidence.box == text.pages[0].lines[1].box
    assert found("SHOP 1", TEXT, text, (2,)).evidence.box == text.pages[0].lines[2].box
    assert found("SHOP 1", TEXT, text, (77,)).evidence.box == text.pages[0].lines[0].box


def test_what_is_written_just_so_is_better() -> None:
    text = typed("SUNNY SHOP\nSunny-Shop\nSunny Shop")
    assert found("Sunny Shop", TEXT, text).evidence.box == text.pages[0].lines[2].box
    assert found("SunnyShop", TEXT, text).evidence.box == text.pages[0].lines[1].box


def test_look_alikes_only_where_nothing_needs_to_be_put_right() -> None:
    text = typed("5UNNY SH0P\nRMO.05\nSUNNY SHOP")
    assert found("SUNNY SHOP", TEXT, text).support is Support.SUPPORTED
    corrected = found("0.05", AMOUNT, text)
    assert corrected.support is Support.CORRECTED
    assert 0 < corrected.score < 1


def test_a_value_in_one_of_two_columns() -> None:
    text = typed("""
        Seller Ltd            Buyer Inc
        12 High Street        7 Low Road
        Springfield           Shelbyville
    """)
    assert found("7 Low Road, Shelbyville", ADDRESS, text).evidence.words == ("7", "Low", "Road", "Shelbyville")
    assert locate("12 High Street, Shelbyville", ADDRESS, text) is None


def test_a_value_does_not_go_on_on_the_next_page() -> None:
    assert locate("SUNNY CORNER", TEXT, typed("SUNNY", "CORNER")) is None


def test_lines_between_are_left_out() -> None:
    text = typed("12 High Street\nTel. 555 123\n54321 Springfield")
    assert found("12 High Street, 54321 Springfield", ADDRESS, text).evidence.words == (
        "12", "High", "Street", "54321", "Springfield",
    )  # fmt: skip


@pytest.mark.parametrize("angle", [90.0, -90.0, 180.0, 8.0])
def test_boxes_are_of_the_page_as_it_came(angle: float) -> None:
    page = Page(number=1, width=1400, height=1000, source="typed", lines=(), angle=angle)
    turned = tuple(
        Line(words=tuple(Word(text=word.text, box=from_level(word.box, page), confidence=1) for word in line.words))
        for line in typed(RECEIPT).pages[0].lines
    )
    text = DocumentText(pages=(page.model_copy(update={"lines": turned}),))
    address = "NO 12, JALAN MAWAR 3/4, TAMAN MAWAR, 43210 KAJANG, SELANGOR"
    located = found(address, ADDRESS, text)
    assert located.evidence.box == Box.around([line.box for line in turned[2:5]])


def test_documents_without_words() -> None:
    empty = DocumentText(pages=(Page(number=1, width=10, height=10, source="typed", lines=()),))
    for field_type in FieldType:
        assert locate("SHOP", field_type, empty) is None


def test_pages_of_the_same_letter_are_searched_in_bounded_time() -> None:
    text = typed(*["\n".join(["  ".join("A" * 30)] * 50)] * 3)
    start = process_time()
    assert locate("A" * 400, TEXT, text) is None
    assert process_time() - start < 10


def test_of_two_beginnings_the_one_close_by() -> None:
    text = typed("12 High Street\n12 High Street\n54321 Springfield")
    box = found("12 High Street, 54321 Springfield", ADDRESS, text).evidence.box
    assert box == Box.around([line.box for line in text.pages[0].lines[1:]])


@pytest.mark.parametrize("index", range(8))
def test_what_samples_say_is_found(index: int, tmp_path: Path) -> None:
    sample, _ = compose(tmp_path, 5, index)
    text = typed("\n".join(sample.text_lines))
    types = {"vendor_name": TEXT, "document_date": DATE, "total": AMOUNT, "currency": CURRENCY, "invoice_number": CODE}
    for name, field_type in types.items():
        if name in sample.fields:
            found(str(sample.fields[name]), field_type, text)
