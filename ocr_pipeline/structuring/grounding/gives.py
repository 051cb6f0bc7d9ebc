"""Whether words give a value: as it is, or once characters that recognizers mix up are put right.

What is compared depends on the type: letters and digits for texts, addresses and codes; what is meant for dates,
amounts and currencies.
"""

from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from ocr_pipeline.documents.model import Support
from ocr_pipeline.kinds.kind import FieldType
from ocr_pipeline.structuring.grounding.currencies import is_currency, marks_in
from ocr_pipeline.structuring.grounding.keys import differences, key_of
from ocr_pipeline.structuring.grounding.look_alikes import most_look_alikes
from ocr_pipeline.structuring.grounding.mentions import Mention, mentions_in, values_of
from ocr_pipeline.structuring.repairs import repaired_address, repaired_name

MEANT = frozenset({FieldType.AMOUNT, FieldType.DATE, FieldType.CURRENCY})
"""Types whose values are compared by what they mean, not by how they are written."""

_PENALTY = 0.85
_REPAIRS = {FieldType.TEXT: repaired_name, FieldType.ADDRESS: repaired_address}


def gives(words: Sequence[str], value: str, field_type: FieldType) -> Support:
    """How `value` stands to `words`, one after the other.

    The value begins in the first and ends in the last of them; of these it may be a part (``Total:11.60``). Signs
    around it and a currency beside an amount may be words of their own.
    """
    wrong = look_alikes(words, value, field_type)
    if wrong is None:
        return Support.UNSUPPORTED
    return Support.CORRECTED if wrong else Support.SUPPORTED


def score(wrong: int) -> float:
    """How much a value is worth after so many characters were put right: 1 for none."""
    return _PENALTY**wrong


def look_alikes(words: Sequence[str], value: str, field_type: FieldType) -> int | None:
    """How many characters of `words` must be put right for them to give `value`; None where that does not help."""
    telling = [number for number, word in enumerate(words) if _tells(word, field_type)]
    if not telling:
        return None
    if field_type in MEANT:
        return _by_meaning(words, telling[0], telling[-1], value, field_type)
    wrong = _by_characters(words, telling[0], telling[-1], value)
    return wrong if wrong is not None else _by_repair(words, value, field_type)


def fits(mention: Mention, value: str) -> bool:
    """Whether an amount written like `value` can have been read from `mention`: a count is no price."""
    return not (mention.is_count and "." in value.rstrip("."))


def _tells(word: str, field_type: FieldType) -> bool:
    if field_type is FieldType.CURRENCY and marks_in(word):
        return True
    says_something = any(character.isalnum() for character in word)
    return says_something and not (field_type is FieldType.AMOUNT and is_currency(word))


def _by_meaning(words: Sequence[str], first: int, last: int, value: str, field_type: FieldType) -> int | None:
    wanted = values_of(value, field_type)
    first_end = len(" ".join(words[: first + 1]))
    last_start = len(" ".join(words[:last])) + bool(last)
    found = [
        mention.look_alikes
        for mention in mentions_in(" ".join(words), field_type)
        if mention.start < first_end and mention.end > last_start and mention.values & wanted and fits(mention, value)
    ]
    return min(found, default=None)


def _by_characters(words: Sequence[str], first: int, last: int, value: str) -> int | None:
    for fold in (False, True):
        wanted, key = key_of(tuple(value.split()), fold), key_of(tuple(words), fold)
        for start in key.places_of(wanted):
            end = start + len(wanted.characters)
            wrong = differences(key.origins[start:end], wanted.origins)
            if key.words[start] <= first and key.words[end - 1] >= last and wrong <= most_look_alikes(end - start):
                return wrong
    return None


def _by_repair(words: Sequence[str], value: str, field_type: FieldType) -> int | None:
    """As engines read what every letterhead has (``SDT! BHD``, ``MO. 1``); what that changed are look-alikes too."""
    if field_type not in _REPAIRS:
        return None
    printed = " ".join(words)
    repaired = _REPAIRS[field_type](printed)
    changed = Levenshtein.distance(printed, repaired)
    if not 0 < changed <= most_look_alikes(len(printed)):
        return None
    wrong = _by_characters(repaired.split(), 0, len(repaired.split()) - 1, value)
    return None if wrong is None else wrong + changed
