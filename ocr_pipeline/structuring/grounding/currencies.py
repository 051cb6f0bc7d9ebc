"""Which currencies a printed sign, code or name may mean."""

import re
from functools import lru_cache

from ocr_pipeline.kinds.currency_signs import SHARED_SIGNS
from ocr_pipeline.structuring.amounts import currency_code

_NAMES = {
    "EURO": {"EUR"},
    "EUROS": {"EUR"},
    "RINGGIT": {"MYR"},
    "DOLLAR": SHARED_SIGNS["$"],
    "DOLLARS": SHARED_SIGNS["$"],
    "STERLING": {"GBP"},
    "CA$": {"CAD"},
    "AU$": {"AUD"},
    "NZ$": {"NZD"},
    "NT$": {"TWD"},
    "SFR": {"CHF"},
}
_MARK = re.compile(
    r"(?<![^\W\d_])(?:RM(?=[OoIl]?[\d.,])|[A-Za-z]{1,2}\$|[^\W\d_]{2,8}\.?)(?![^\W\d_](?![.,\d]))|[$£€¥₹₩₱฿₫₺₪₴]"
)


@lru_cache(maxsize=4096)
def currencies_of(mark: str) -> frozenset[str]:
    """The ISO 4217 codes that `mark` may stand for; none where it is no currency's."""
    plain = mark.strip().rstrip(".").upper()
    several = SHARED_SIGNS.get(plain) or _NAMES.get(plain)
    if several:
        return frozenset(several)
    code = currency_code(mark)
    return frozenset({code}) if code else frozenset()


def is_currency(word: str) -> bool:
    """Whether a word names a currency and says nothing else: ``RM``, ``:RM``, ``(€)``."""
    return bool(currencies_of(word.strip("()[]:;,.*-")))


def marks_in(text: str) -> list[tuple[frozenset[str], int, int]]:
    """The currencies that `text` names: their codes, and from where to before where they stand."""
    found = ((currencies_of(match[0]), match.start(), match.end()) for match in _MARK.finditer(text))
    return [(codes, start, end) for codes, start, end in found if codes]
