"""Lines of American letters of a century ago: names with initials, addresses, dates, words. All of it is made up."""

from collections.abc import Callable

import numpy as np
from faker import Faker

_LONGEST = 74
_UPPER_CASE = 0.06
"""Share of the lines."""
_COMMON_WORD = 0.25
"""Share of a line's words that are the ones English is held together by; those of Faker's texts are not."""

_TITLES = (
    "Mr.", "Mr.", "Mr.", "Mrs.", "Miss", "Dr.", "Prof.", "Hon.", "Capt.", "Rev.", "Prest.", "Gen.", "Judge"
)  # fmt: skip
_SHORT_NAMES = ("Geo.", "Wm.", "Thos.", "Chas.", "Jas.", "Jno.")
_INITIALS = "ABCDEFGHIJKLMNOPRSTW"
_STATES = ("Cal.", "California", "Mass.", "New York", "Ill.", "Stanford University")
_DATES = ("%B %d, %Y", "%b. %d, %Y", "%d %B %Y")
_COMMON = (
    "the", "of", "and", "to", "in", "that", "your", "our", "will", "be", "which", "for", "with", "as", "is", "have"
)  # fmt: skip
_ENDS = ("", "", "", ",", ",", ".", ".", ";", "-", ":")


class Correspondence:
    """An endless supply, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._faker = Faker("en_US")
        self._faker.seed_instance(seed)
        self._kinds: list[tuple[float, Callable[[], str]]] = [
            (0.35, self._person),
            (0.10, lambda: self._faker.street_address() + self._one_of(("", ".", ","))),
            (0.07, lambda: self._faker.date(self._one_of(_DATES)) + self._one_of((".", "", ","))),
            (0.06, lambda: f"{self._faker.city()}, {self._one_of(_STATES)}"),
            (0.42, self._sentence),
        ]

    def draw(self) -> str:
        """One line, of at least one character and at most 74."""
        _, make = self._kinds[int(self._random.choice(len(self._kinds), p=[share for share, _ in self._kinds]))]
        line = make()
        line = line.upper() if self._random.random() < _UPPER_CASE else line
        return " ".join(line.split())[:_LONGEST].strip()

    def _person(self) -> str:
        initial = self._one_of(_INITIALS)
        first = self._faker.first_name_male()
        names = (
            f"{initial}. {self._one_of(_INITIALS)}.",
            f"{initial}.{self._one_of(_INITIALS)}.",
            first,
            f"{first} {initial}.",
            f"{initial}.",
            f"{self._one_of(_SHORT_NAMES)} {initial}.",
            f"{initial}. {first}",
        )
        return f"{self._one_of(_TITLES)} {self._one_of(names)} {self._faker.last_name()}"

    def _sentence(self) -> str:
        words = " ".join(self._faker.sentence(7).rstrip(".") for _ in range(2)).split()
        mixed = " ".join(self._one_of(_COMMON) if self._random.random() < _COMMON_WORD else word for word in words)
        part = mixed[: int(self._random.integers(12, 73))].strip()
        if self._random.random() < 0.4:
            part = part[0].upper() + part[1:]
        return part + self._one_of(_ENDS)

    def _one_of(self, choices: tuple[str, ...] | str) -> str:
        return choices[int(self._random.integers(len(choices)))]
