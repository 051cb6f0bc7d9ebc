"""Words as the characters that count when texts are compared: letters and digits, whatever their case."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

from ocr_pipeline.structuring.grounding.look_alikes import DRAWN_LETTERS, folded

_POSTCODE = re.compile(r"\d{5}(?!\d)")
_COUNTRY_BEFORE = re.compile(r"^\W*DE?-(?=\d{5}(?!\d))", re.IGNORECASE)


@dataclass(frozen=True)
class Key:
    """The characters of some words, one after the other. All parts but `cuts` are of the same length."""

    characters: str
    """What is compared."""
    origins: str
    """The characters before look-alikes were made the same."""
    words: tuple[int, ...]
    """Which word each is of, counted from 0."""
    cuts: frozenset[int]
    """Where a value may begin or end: between words, at punctuation, and between letters and digits."""

    def places_of(self, value: "Key") -> Iterator[int]:
        """Where `value` begins, if it ends at a cut too."""
        length = len(value.characters)
        for start in sorted(self.cuts) if length else ():
            if start + length in self.cuts and self.characters.startswith(value.characters, start):
                yield start


@lru_cache(maxsize=8192)
def key_of(words: tuple[str, ...], fold: bool) -> Key:
    """The key of `words`; with `fold` look-alikes are the same character.

    The country before a German postcode does not count.
    """
    characters, origins = "", ""
    numbers: list[int] = []
    cuts = {0}
    for number, (word, following) in enumerate(zip_longest(words, words[1:], fillvalue="")):
        own, own_origins, own_cuts = _spelled(_without_country(word, following), fold)
        cuts.update(len(characters) + cut for cut in own_cuts)
        characters += own
        origins += own_origins
        numbers += [number] * len(own)
        cuts.add(len(characters))
    return Key(characters, origins, tuple(numbers), frozenset(cuts))


def _without_country(word: str, following: str) -> str:
    if word.upper() in {"D", "DE"} and _POSTCODE.match(following):
        return ""
    return _COUNTRY_BEFORE.sub("", word)


def differences(one: str, other: str) -> int:
    """How many characters of two texts of the same length are not the same."""
    return sum(mine != yours for mine, yours in zip(one, other, strict=True))


@lru_cache(maxsize=65536)
def _spelled(word: str, fold: bool) -> tuple[str, str, tuple[int, ...]]:
    """Characters, origins and inner cuts of one word."""
    characters, origins = "", ""
    cuts = []
    before = ""
    for character in unicodedata.normalize("NFKC", word).casefold():
        if not (character.isalnum() or unicodedata.combining(character) or (fold and character in DRAWN_LETTERS)):
            before = ""
            continue
        if not ((before.isalpha() and character.isalpha()) or (before.isdigit() and character.isdigit())):
            cuts.append(len(characters))
        common = folded(character) if fold else character
        characters += common
        origins += character * len(common)
        before = character
    return characters, origins, tuple(cuts)
