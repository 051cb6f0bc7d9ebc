import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ocr_pipeline.documents.options import NO_OPTIONS, PAGES, Options, page_ranges
from ocr_pipeline.settings import Settings

NUMBERS = st.integers(1, 99_999)
PARTS = st.one_of(
    NUMBERS.map(str),
    NUMBERS.map(lambda first: f"{first}-"),
    st.tuples(NUMBERS, NUMBERS).map(lambda ends: f"{ends[0]}-{ends[1]}"),
)


@given(st.lists(PARTS, min_size=1, max_size=50).map(",".join))
def test_whatever_fits_the_pattern_can_be_read(pages: str) -> None:
    assert re.search(PAGES, pages)
    assert Options(pages=pages[:500].rstrip(",-")).pages


@given(st.from_regex(PAGES))
def test_the_pattern_lets_nothing_through_that_cannot_be_read(pages: str) -> None:
    assert len(page_ranges(pages.rstrip("\n"))) == pages.count(",") + 1


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=5), st.integers(1, 100_000))
def test_a_page_is_wanted_where_a_range_holds_it(ranges: list[tuple[int, int]], number: int) -> None:
    asked = Options(pages=",".join(f"{first}-{last}" for first, last in ranges))
    assert asked.wants_page(number) == any(min(ends) <= number <= max(ends) for ends in ranges)


def test_an_open_range_goes_to_the_end() -> None:
    assert [number for number in range(1, 9) if Options(pages="2,5-").wants_page(number)] == [2, 5, 6, 7, 8]
    assert NO_OPTIONS.wants_page(1)


@pytest.mark.parametrize("pages", ["", "0", "1-2-3", "a", "1,", "-3", "1 2", "\u0661", "1\n", "123456"])
def test_what_names_no_pages_is_refused(pages: str) -> None:
    with pytest.raises(ValidationError):
        Options(pages=pages)


def test_each_wish_has_its_own_digest_and_none_has_none() -> None:
    wishes = [
        Options(pages="1"),
        Options(pages="2"),
        Options(kind="1"),
        Options(language="de"),
        Options(engine="easyocr"),
    ]
    assert len({wish.digest for wish in wishes}) == len(wishes)
    assert NO_OPTIONS.digest == ""


def test_only_what_is_asked_for_changes_the_settings() -> None:
    settings = Settings(pdf_dpi=300)
    assert NO_OPTIONS.applied_to(settings) == Options(language="de").applied_to(settings) == settings
    asked = Options(engine="easyocr").applied_to(settings)
    assert (asked.recognition_engine, asked.pdf_dpi) == ("easyocr", 300)
