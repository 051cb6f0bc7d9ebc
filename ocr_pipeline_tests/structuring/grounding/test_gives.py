from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Support
from ocr_pipeline.kinds.kind import FieldType
from ocr_pipeline.structuring.grounding.gives import gives, look_alikes, score
from ocr_pipeline_tests.structuring.grounding.printed import AMOUNTS, DAYS, printed_amounts, printed_days

AMOUNT, DATE, TEXT, ADDRESS, CODE, CURRENCY = (
    FieldType.AMOUNT, FieldType.DATE, FieldType.TEXT, FieldType.ADDRESS, FieldType.CODE, FieldType.CURRENCY,
)  # fmt: skip
WORDS = st.lists(st.text("ABCDEFGHIKLMNOPRSTUWXYZ&-'.", min_size=1, max_size=9), min_size=1, max_size=6).filter(
    lambda words: words[0][0].isalpha() and words[-1][-1].isalpha()
)


@given(printed_amounts())
def test_an_amount_in_any_form(printed: tuple[Decimal, list[str]]) -> None:
    amount, words = printed
    assert gives(words, str(amount), AMOUNT) is Support.SUPPORTED


@given(printed_amounts(), AMOUNTS)
def test_no_other_amount(printed: tuple[Decimal, list[str]], other: Decimal) -> None:
    amount, words = printed
    assume(other != amount)
    assert gives(words, f"{other:.2f}", AMOUNT) is Support.UNSUPPORTED


@given(printed_amounts(), st.integers(1, 9))
def test_no_part_of_a_longer_number(printed: tuple[Decimal, list[str]], digit: int) -> None:
    amount, _ = printed
    for longer in (
        f"{digit}{amount:.2f}",
        f"{amount:.2f}{digit}{digit}",
        f"{amount:.2f}.2018",
        f"{digit}.{amount:.2f}",
    ):
        assert gives([longer], f"{amount:.2f}", AMOUNT) is Support.UNSUPPORTED


@given(AMOUNTS)
def test_signs(amount: Decimal) -> None:
    for printed in (f"-{amount:.2f}", f"{amount:.2f}-", f"RM-{amount:.2f}", f"-RM{amount:.2f}", f"{amount:,.2f}-"):
        assert gives([printed], f"-{amount:.2f}", AMOUNT) is Support.SUPPORTED
        assert gives([printed], f"{amount:.2f}", AMOUNT) is Support.UNSUPPORTED
    assert gives([f"({amount:.2f})"], f"-{amount:.2f}", AMOUNT) is Support.SUPPORTED
    assert gives(["-", f"{amount:.2f}"], f"-{amount:.2f}", AMOUNT) is Support.SUPPORTED
    assert gives([f"{amount:.2f}"], f"-{amount:.2f}", AMOUNT) is Support.UNSUPPORTED


@settings(deadline=None)  # dateparser loads its languages on first use
@given(printed_days())
def test_a_date_in_any_form(printed: tuple[date, str, list[str]]) -> None:
    day, _, words = printed
    assert gives(words, day.isoformat(), DATE) is Support.SUPPORTED


@settings(deadline=None)
@given(printed_days(), DAYS)
def test_no_other_date(printed: tuple[date, str, list[str]], other: date) -> None:
    day, form, words = printed
    same = {(day.month, day.day)} | ({(day.day, day.month)} if "%b" not in form.lower() else set())
    years = {day.year} if "%Y" in form else {day.year % 100 + century for century in (1900, 2000)}
    assume(not (other.year in years and (other.month, other.day) in same))
    assert gives(words, other.isoformat(), DATE) is Support.UNSUPPORTED


@given(WORDS, st.sampled_from([str.upper, str.lower, str.title]), st.sampled_from([" ", ", ", "  ", ""]))
def test_a_text_whatever_its_case_spacing_and_punctuation(words: list[str], case: object, joint: str) -> None:
    value = case(joint.join(words))  # type: ignore[operator]  # hypothesis draws one of three str methods
    assert gives(words, value, TEXT) is Support.SUPPORTED
    assert gives([words[0], *words[1:-1], f"{words[-1]}:"] if words[1:] else words, value, ADDRESS) is Support.SUPPORTED


@given(WORDS, st.integers(0, 60), st.sampled_from("7934"))
def test_no_other_text(words: list[str], place: int, digit: str) -> None:
    value = " ".join(words)
    letters = [number for number, character in enumerate(value) if character.isalpha()]
    at = letters[place % len(letters)]
    assert gives(words, value[:at] + digit + value[at + 1 :], TEXT) is Support.UNSUPPORTED
    assert gives(words, value + " XY", TEXT) is Support.UNSUPPORTED


@pytest.mark.parametrize(
    ("printed", "value", "field_type", "support"),
    [
        ("SUNNY TRADING SDN BHO", "SUNNY TRADING SDN BHD", TEXT, Support.CORRECTED),
        ("5UNNY C0RNER TRADING", "SUNNY CORNER TRADING", TEXT, Support.CORRECTED),
        ("KLlNlK RAKYAT", "KLINIK RAKYAT", TEXT, Support.CORRECTED),
        ("CORNER CAFE", "CORNER CAFÉ", TEXT, Support.CORRECTED),
        ("Fa. Kommer", "Fa. Komrner", TEXT, Support.CORRECTED),
        ("SUNNYCORNER TRADING", "SUNNY CORNER TRADING", TEXT, Support.SUPPORTED),
        ("NO 12, J1N MAWAR 4321O KAJANG", "No. 12, JLN MAWAR, 43210 KAJANG", ADDRESS, Support.CORRECTED),
        ("Musterstraße 3 DE 12345 Berlin", "Musterstraße 3, 12345 Berlin", ADDRESS, Support.SUPPORTED),
        ("Musterstraße 3 12345 Berlin", "Musterstraße 3, D-12345 Berlin", ADDRESS, Support.SUPPORTED),
        ("INV:123-45.", "123-45", CODE, Support.SUPPORTED),
        ("DE12 3456 7890", "DE1234567890", CODE, Support.SUPPORTED),
        ("CSO0012345", "CS00012345", CODE, Support.CORRECTED),
        ("A80", "ABO", CODE, Support.UNSUPPORTED),
        ("B00", "800", CODE, Support.UNSUPPORTED),
        ("123456", "1234567", CODE, Support.UNSUPPORTED),
        ("234567", "23456", CODE, Support.UNSUPPORTED),
        ("RMO.01", "0.01", AMOUNT, Support.CORRECTED),
        ("1l.60", "11.60", AMOUNT, Support.CORRECTED),
        ("O.O1", "0.01", AMOUNT, Support.UNSUPPORTED),
        ("SS.SO", "55.50", AMOUNT, Support.UNSUPPORTED),
        ("11.60", "11.6", AMOUNT, Support.SUPPORTED),
        ("11,6", "11.60", AMOUNT, Support.SUPPORTED),
        ("11.60", "RM 11.60", AMOUNT, Support.SUPPORTED),
        ("1.163", "1163", AMOUNT, Support.SUPPORTED),
        ("1.163", "1.163", AMOUNT, Support.SUPPORTED),
        ("$ 12", "12.00", AMOUNT, Support.SUPPORTED),
        ("12", "12.00", AMOUNT, Support.UNSUPPORTED),
        ("12", "12", AMOUNT, Support.SUPPORTED),
        ("3PCS", "3", AMOUNT, Support.SUPPORTED),
        ("A4", "4", AMOUNT, Support.UNSUPPORTED),
        ("6.00%", "6.00", AMOUNT, Support.UNSUPPORTED),
        ("10:30", "30", AMOUNT, Support.UNSUPPORTED),
        ("11.60", "eleven", AMOUNT, Support.UNSUPPORTED),
        ("O3/O4/2018", "2018-04-03", DATE, Support.CORRECTED),
        ("3 April 18", "1918-04-03", DATE, Support.SUPPORTED),
        ("03/04/2018", "2018-04", DATE, Support.UNSUPPORTED),
        ("RM11.60", "MYR", CURRENCY, Support.SUPPORTED),
        ("RMO.01", "MYR", CURRENCY, Support.SUPPORTED),
        ("11,60€", "EUR", CURRENCY, Support.SUPPORTED),
        ("$", "AUD", CURRENCY, Support.SUPPORTED),
        ("$:", "USD", CURRENCY, Support.SUPPORTED),
        ("$", "EUR", CURRENCY, Support.UNSUPPORTED),
        ("FARM", "MYR", CURRENCY, Support.UNSUPPORTED),
        ("***", "***", TEXT, Support.UNSUPPORTED),
        ("", "", TEXT, Support.UNSUPPORTED),
    ],
)
def test_examples(printed: str, value: str, field_type: FieldType, support: Support) -> None:
    assert gives(printed.split(), value, field_type) is support


def test_words_around_a_value_are_not_its_words() -> None:
    assert gives(["TOTAL", "11.60"], "11.60", AMOUNT) is Support.UNSUPPORTED
    assert gives(["RM", "11.60"], "11.60", AMOUNT) is Support.SUPPORTED
    assert gives(["BY", "SUNNY", "CORNER"], "SUNNY CORNER", TEXT) is Support.UNSUPPORTED


@given(st.text("0O1Il5S8BE", min_size=1, max_size=40), st.text("0O1Il5S8BE", min_size=1, max_size=40))
def test_at_most_every_fourth_character_is_put_right(printed: str, value: str) -> None:
    wrong = look_alikes([printed], value, CODE)
    if wrong is not None:
        assert wrong <= len(value) / 4
        assert (score(wrong) == 1.0) == (wrong == 0)


@given(st.text("0O1Il5S8BZ2", min_size=1, max_size=3), st.text("0O1Il5S8BZ2", min_size=1, max_size=3))
def test_very_short_values_do_not_turn_into_others(printed: str, value: str) -> None:
    assert gives([printed], value, CODE) is not Support.CORRECTED


@pytest.mark.parametrize(
    ("words", "value", "field_type"),
    [
        ("RAPID RAIL SDT! BHD", "RAPID RAIL SDN BHD", FieldType.TEXT),
        ("SUPER SEVEN SDN 3HD", "SUPER SEVEN SDN BHD", FieldType.TEXT),
        ("MO. 1 Jalan Euro 1", "NO. 1 Jalan Euro 1", FieldType.ADDRESS),
        ("7 Market Place York Y01 7HH", "7 Market Place, York YO1 7HH", FieldType.ADDRESS),
    ],
)
def test_what_engines_repair_is_known_as_corrected(words: str, value: str, field_type: FieldType) -> None:
    assert gives(words.split(), value, field_type) is Support.CORRECTED


def test_a_repair_does_not_make_one_name_another() -> None:
    assert gives(["SDN", "3HD"], "ABC SDN BHD", FieldType.TEXT) is Support.UNSUPPORTED
    assert gives(["RAPID", "RAIL", "SDT!", "BHD"], "RAPID MAIL SDN BHD", FieldType.TEXT) is Support.UNSUPPORTED


def test_a_full_stop_after_a_number_makes_no_price_of_it() -> None:
    assert gives(("3",), "3.", AMOUNT) is Support.SUPPORTED
    assert gives(("3",), "3.00", AMOUNT) is Support.UNSUPPORTED
