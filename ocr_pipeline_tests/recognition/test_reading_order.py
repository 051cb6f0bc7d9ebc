import random

from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Box, Line, Word
from ocr_pipeline.recognition.reading_order import reading_order


def line(text: str, x: float, y: float, width: float = 100, height: float = 20) -> Line:
    return Line(words=(Word(text=text, box=Box(x, y, x + width, y + height), confidence=1),))


def texts(*lines: Line) -> list[str]:
    return [line.text for line in reading_order(lines)]


PLACES = st.integers(0, 40)
LINES = st.lists(st.builds(line, st.sampled_from("abc"), PLACES, PLACES, PLACES, PLACES), max_size=12)


@given(LINES, st.randoms(use_true_random=False))
def test_nothing_is_lost_and_the_order_of_finding_does_not_matter(lines: list[Line], rng: random.Random) -> None:
    ordered = reading_order(lines)
    assert sorted(map(repr, ordered)) == sorted(map(repr, lines))
    shuffled = lines.copy()
    rng.shuffle(shuffled)
    assert reading_order(shuffled) == ordered


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
