import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Box, Evidence
from ocr_pipeline.validation.patterns.printed import find_printed, label_of
from ocr_pipeline.validation.patterns.spelling import squash
from ocr_pipeline_tests.structuring.typed import CHARACTER, HEIGHT, PITCH, typed

TEXT = typed("""
    OAK BAKERY & SONS LTD.
    7 Rose Street,
    4030 Hilltown
    Net                  10.00
    Total (RM) :         11.90
    Paid       Change
    20.00      8.10
    5.55
""")


def at(row: int, column: int, text: str) -> Evidence:
    box = Box(column * CHARACTER, row * PITCH, (column + len(text)) * CHARACTER, row * PITCH + HEIGHT)
    return Evidence(page=1, box=box, words=(text,))


def test_what_is_printed_is_found_over_lines_whatever_its_spaces() -> None:
    name = find_printed(TEXT, "Oak Bakery&Sons Ltd")
    assert name is not None
    assert name.words == ("OAK", "BAKERY", "&", "SONS", "LTD.")
    address = find_printed(TEXT, "7 Rose Street, 4030 Hilltown")
    assert address == Evidence(
        page=1,
        box=Box(0, PITCH, 14 * CHARACTER, 2 * PITCH + HEIGHT),
        words=("7", "Rose", "Street,", "4030", "Hilltown"),
    )


@pytest.mark.parametrize("value", ["Oak Bakery & Son", "Elm Bakery", "Bakery Oak", "", "&", "4030 Hilltown Net 10.0"])
def test_what_is_not_printed_as_whole_words_is_not_found(value: str) -> None:
    assert find_printed(TEXT, value) is None


@given(st.integers(0, 19), st.integers(1, 20))
def test_every_run_of_words_is_found(start: int, count: int) -> None:
    words = [word.text for word in TEXT.words][start : start + count]
    found = find_printed(TEXT, " ".join(words))
    if squash("".join(words)):
        assert found is not None
        assert squash("".join(found.words)) == squash("".join(words))
    else:
        assert found is None


@pytest.mark.parametrize(
    ("evidence", "label"),
    [
        (at(4, 21, "11.90"), "TOTALRM"),
        (at(3, 21, "10.00"), "NET"),
        (at(6, 0, "20.00"), "PAID"),
        (at(6, 11, "8.10"), "CHANGE"),
        (at(7, 0, "5.55"), None),
        (at(0, 0, "OAK"), None),
    ],
)
def test_the_label_stands_before_an_amount_or_above_it(evidence: Evidence, label: str | None) -> None:
    assert label_of(TEXT, evidence) == label


def test_what_stands_on_no_page_has_no_label() -> None:
    assert label_of(TEXT, Evidence(words=("1",), computation="a - b")) is None
    assert label_of(TEXT, Evidence(page=2, box=Box(0, 0, 1, 1), words=("1",))) is None


def test_on_a_page_that_lies_turned_left_is_not_left() -> None:
    page = TEXT.pages[0].model_copy(update={"angle": 90.0})
    assert label_of(TEXT.model_copy(update={"pages": (page,)}), at(4, 21, "11.90")) is None
