"""Characters that recognizers take for one another, and how many of them a value may hold."""

import re
import unicodedata

_FAMILIES = ("0oqd", "1il|!", "2z", "5s", "6g", "8b")
"""Those of one family look alike, in either case. No family has two digits: a digit never becomes another one."""
_FOLDED = {character: family[0] for family in _FAMILIES for character in family} | {"m": "rn", "w": "vv"}

DRAWN_LETTERS = "|!"
"""Signs that may be misread letters."""

_AS_DIGIT = str.maketrans("OoQDCIil|!ZzSsGbB", "00000111112255668")
_NUMBER = re.compile(
    r"(?:(?<=RM)|(?<![^\W\d_]))[\dOoQDCIil|!ZzSsGbB](?:[\dOoQDCIil|!ZzSsGbB.,'/:\-]*[\dOoQDCIil|!ZzSsGbB])?(?![^\W\d_])"
)


def folded(character: str) -> str:
    """What all characters that look like `character` (case-folded) have in common; accents do not count."""
    bare = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    return "".join(_FOLDED.get(part, part) for part in bare)


def most_look_alikes(length: int) -> int:
    """How many characters of a text of this length may be put right: one in four, so none of a very short one."""
    return length // 4


def with_digits(text: str) -> str:
    """`text`, as long as before, with letters in numbers and dates read as digits (``RMO.01``, ``1l/O4/2018``).

    Of what is to be a number at most every third character may be a letter.
    """
    return _NUMBER.sub(_digits, text)


def _digits(match: re.Match[str]) -> str:
    letters = sum(character.isalpha() or character in DRAWN_LETTERS for character in match[0])
    digits = sum(character.isdigit() for character in match[0])
    return match[0].translate(_AS_DIGIT) if 0 < 2 * letters <= digits else match[0]
