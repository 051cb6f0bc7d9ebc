import re

import pytest
from babel import Locale

from ocr_pipeline.kinds.languages import LANGUAGES, language_named


def known(tag: str) -> tuple[bool, str]:
    """What Unicode's CLDR says of the language."""
    locale = Locale.parse(tag, sep="-")
    order = re.sub("[^dM]", "", locale.date_formats["short"].pattern)
    return order.index("d") < order.index("M"), locale.number_symbols["latn"]["decimal"]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_what_a_language_tells_is_what_its_writers_do(tag: str) -> None:
    told, (day_first, decimal_mark) = LANGUAGES[tag], known(tag)
    assert told.day_first in {None, day_first}
    assert told.decimal_mark in {None, decimal_mark}


@pytest.mark.parametrize("tag", [tag for tag in LANGUAGES if "-" in tag])
def test_a_country_tells_all_and_does_not_contradict_its_language(tag: str) -> None:
    told, language = LANGUAGES[tag], LANGUAGES[tag.partition("-")[0]]
    assert None not in told
    assert language.day_first in {None, told.day_first}
    assert language.decimal_mark in {None, told.decimal_mark}


@pytest.mark.parametrize("tag", [None, "", "tlh", "EN-us"])
def test_an_unknown_language_tells_nothing(tag: str | None) -> None:
    assert language_named(tag) == (None, None)
