from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.structuring.dates import dates_in, day_first_evidence, parse_date
from ocr_pipeline_tests.structuring.typed import typed_rows

DAYS = st.dates(date(1970, 1, 1), date(2026, 12, 31))
RECENT = st.dates(date(2000, 1, 1), date(2026, 12, 31))
GERMAN = ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
          "Dezember"]  # fmt: skip


@given(DAYS, st.sampled_from(["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y/%m/%d", "%d / %m / %Y", "%d%m%Y"]))
def test_a_date_in_numbers_comes_back(day: date, style: str) -> None:
    if style == "%d%m%Y" and day.year < 2000:
        return
    assert parse_date(day.strftime(style)) == day


@settings(deadline=None)  # dateparser loads its languages on first use
@given(DAYS, st.sampled_from(["%d %b %Y", "%d-%b-%Y", "%d/%b/%Y", "%B %d, %Y", "%d %B %Y", "%d%b%Y", "%b. %d, %Y"]))
def test_a_date_with_the_name_of_a_month_comes_back(day: date, style: str) -> None:
    assert parse_date(day.strftime(style)) == day
    assert parse_date(day.strftime(style).upper()) == day


@settings(deadline=None)
@given(DAYS)
def test_a_german_date_comes_back(day: date) -> None:
    assert parse_date(f"Berlin, den {day.day}. {GERMAN[day.month - 1]} {day.year}") == day


@settings(deadline=None)
@given(RECENT, st.sampled_from(["%d/%m/%y", "%d.%m.%y", "%d %b %y"]))
def test_years_of_two_digits_are_of_this_century(day: date, style: str) -> None:
    assert parse_date(day.strftime(style)) == day


@given(RECENT, st.times())
def test_a_time_glued_to_a_date_is_left_out(day: date, time: object) -> None:
    assert parse_date(f"{day:%d/%m/%Y}{time:%H:%M:%S}") == day
    assert parse_date(f"{day:%Y-%m-%d}{time:%H:%M:%S}") == day


@given(DAYS)
def test_month_first_where_asked_for(day: date) -> None:
    assert parse_date(f"{day:%m/%d/%Y}", day_first=False) == day


def test_a_date_with_one_reading_is_read_whatever_is_asked_for() -> None:
    assert parse_date("03/20/2023", day_first=True) == date(2023, 3, 20)
    assert parse_date("20/03/2023", day_first=False) == date(2023, 3, 20)


def test_old_letters() -> None:
    assert parse_date("December 3rd, 1905") == date(1905, 12, 3)


def test_a_comma_that_was_read_as_a_point() -> None:
    assert parse_date("Nov 11. 2024") == date(2024, 11, 11)


@pytest.mark.parametrize("text", ["", "31/02/2020", "12.50", "03-2161 1234", "99/99/9999", "1/2", "T04-18/084227"])
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text) is None


def test_dates_know_their_words_and_whether_they_could_be_read_otherwise() -> None:
    (row,) = typed_rows("Date: 03/04/2018 10:15   Due 20 Apr 2018")
    first, second = dates_in(row, day_first=True)
    assert (first.run.text, first.ambiguous) == ("03/04/2018", True)
    assert (second.run.text, second.ambiguous) == ("20 Apr 2018", False)


def test_dates_with_one_reading_tell_which_comes_first() -> None:
    assert day_first_evidence(typed_rows("25/12/2020 and 31/01/2021")) == 2
    assert day_first_evidence(typed_rows("12/25/2020")) == -1
    assert day_first_evidence(typed_rows("01/02/2020")) == 0
