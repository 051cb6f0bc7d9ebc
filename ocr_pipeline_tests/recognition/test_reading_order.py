import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Box, Line, Word
from ocr_pipeline.recognition.reading_order import reading_order


def line(text: str, x: float, y: float, width: float = 100, height: float = 20) -> Line:
    return Line(words=(Word(text=text, box=Box(x, y, x + width, y + height), confidence=1),))


def texts(*lines: Line) -> list[str]:
    return [line.text for line in reading_order(lines)]


PLACES = st.integers(0, 40)
LINES = st.lists(st.builds(line, st.sampled_from("abc"), PLACES, PLACES, PLACES, PLACES), max_size=12)


def article(*columns: list[str], left: float = 50, top: float = 100, shift: float = 0) -> list[Line]:
    """Columns of running text; those that follow the first lie lower by `shift`."""
    return [
        text_line(text, left + 400 * column, top + 25 * row + (shift if column else 0))
        for column, rows in enumerate(columns)
        for row, text in enumerate(rows)
    ]


def text_line(text: str, x: float, y: float, width: float = 360) -> Line:
    words = text.split()
    share = width / len(words)
    boxes = [Box(x + share * number, y, x + share * (number + 0.9), y + 20) for number in range(len(words))]
    return Line(words=tuple(Word(text=t, box=box, confidence=1) for t, box in zip(words, boxes, strict=True)))


FIRST = [f"the {number} line of the story" for number in ("first", "second", "third", "fourth", "fifth")]
SECOND = [f"and its {number} line goes on" for number in ("sixth", "seventh", "eighth", "ninth", "tenth")]


@settings(deadline=None)
@given(LINES, st.randoms(use_true_random=False))
def test_nothing_is_lost_and_the_order_of_finding_does_not_matter(lines: list[Line], rng: random.Random) -> None:
    ordered = reading_order(lines)
    assert sorted(map(repr, ordered)) == sorted(map(repr, lines))
    shuffled = lines.copy()
    rng.shuffle(shuffled)
    assert reading_order(shuffled) == ordered


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 500), st.integers(0, 500), st.integers(-12, 12))
def test_where_an_article_stands_on_the_page_does_not_matter(
    rng: random.Random, right: int, down: int, shift: int
) -> None:
    lines = article(FIRST, SECOND, shift=shift)
    rng.shuffle(lines)
    moved = article(FIRST, SECOND, left=50 + right, top=100 + down, shift=shift)
    assert texts(*lines) == texts(*moved) == FIRST + SECOND


def test_a_price_stays_beside_its_item() -> None:
    assert texts(
        line("4.50", 500, 98), line("Tea", 50, 132), line("Coffee", 50, 105), line("2.00", 500, 126)
    ) == ["Coffee", "4.50", "Tea", "2.00"]  # fmt: skip


def test_two_rows_stay_two_rows() -> None:
    assert texts(line("below", 0, 18), line("above", 200, 0)) == ["above", "below"]


def test_small_print_beside_a_heading_keeps_its_rows() -> None:
    heading = line("INVOICE", 0, 0, height=60)
    assert texts(line("date", 300, 40, height=12), heading, line("number", 300, 2, height=12)) == [
        "number",
        "INVOICE",
        "date",
    ]


def test_a_slightly_slanted_row_is_one_row() -> None:
    row = [line(str(number), 100 * number, 3 * number) for number in range(4)]
    assert texts(*reversed(row)) == ["0", "1", "2", "3"]


@pytest.mark.parametrize("shift", [0, 8, 40])
def test_an_article_is_read_column_by_column(shift: float) -> None:
    third = [f"until {number} lines were all told" for number in ("eleven", "twelve", "thirteen", "fourteen")]
    assert texts(*article(FIRST, SECOND, third, shift=shift)) == FIRST + SECOND + third


def test_a_heading_stands_between_what_is_above_and_below_it() -> None:
    heading = text_line("What happened then will surprise nobody who reads on", 50, 260, width=760)
    assert texts(*article(FIRST, SECOND), heading, *article(SECOND, FIRST, top=300)) == [
        *FIRST, *SECOND, heading.text, *SECOND, *FIRST,
    ]  # fmt: skip


def test_a_caption_in_the_midst_of_an_article_follows_it() -> None:
    long_first, long_second = FIRST * 4, SECOND * 4
    caption = text_line("a picture", 380, 300, width=100)
    assert texts(*article(long_first, long_second), caption) == [*long_first, *long_second, "a picture"]


def test_tables_and_forms_are_read_row_by_row() -> None:
    """Full names beside full addresses are no running text."""
    items = ["Copy paper white", "Desk organiser black", "Ballpoint pens", "Office chair Norden", "Sticky notes"]
    prices = ["5.80", "14.50", "7.95", "189.00", "2.60"]
    rows = [text for pair in zip(items, prices, strict=True) for text in pair]
    assert texts(*article(items, prices)) == rows
