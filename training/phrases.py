"""What stands in documents: amounts, dates, numbers, names, addresses, in a dozen languages. All of it is made up."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from faker import Faker

T = TypeVar("T")

_LANGUAGES = (
    "en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pt_PT", "da_DK", "sv_SE", "pl_PL", "cs_CZ"
)  # fmt: skip
_LONGEST = 60
_UPPER_CASE = 0.35
"""Share of the phrases."""

_LABELS = (
    "Total", "Subtotal", "Invoice No", "Date", "Qty", "Amount", "Tax", "VAT", "GST", "Cash", "Change", "Balance due",
    "Due date", "Order", "Customer", "Phone", "Tel", "Fax", "Bill to", "Ship to", "Rechnung Nr", "Datum", "Summe",
    "MwSt", "Menge", "Betrag", "Facture", "TVA", "Description", "Unit price", "ID", "Ref", "Account", "IBAN", "Page",
    "Station", "Advertiser", "Agency", "Flight", "Spots", "Rate", "Gross", "Net",
)  # fmt: skip
_LABEL_ENDS = (": ", ":", " : ", " ", " # ", "# ", " - ")
_BEFORE_AMOUNTS = ("", "", "", "$", "€", "£", "RM", "RM ", "USD ", "EUR ", "-", "$ ")
_AFTER_AMOUNTS = ("", "", "", "", "", " €", " EUR", "%", " S", "-", " T")
_LARGEST_AMOUNTS = (20, 500, 90000)
_DATES = ("%d/%m/%Y", "%m/%d/%y", "%Y-%m-%d", "%d.%m.%Y", "%d %b %Y")
_LONGER_DATES = (
    "%d/%m/%Y", "%m/%d/%y %H:%M", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y", "%d %B %Y", "%b %d, %Y"
)  # fmt: skip
_CODES = (
    "??####", "###-##-####", "(###) ###-####", "#### #### ####", "?###?-##", "##/##", "x##", "##:##", "#,###", "[##]",
    "*###*", "<###>", '"??"', "#=#", "#+#", "_##", "@##", "~##;", "{##}", "\\##", "|##|", "&?", "!", "##%", "§ ##",
    "°##", "№ ##", "•  ##",
)  # fmt: skip
"""Each ``#`` is a digit, each ``?`` a letter: the signs of every keyboard among them."""


class Phrases:
    """An endless supply, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._fakers = [Faker(language) for language in _LANGUAGES]
        for number, faker in enumerate(self._fakers):
            faker.seed_instance(seed * len(_LANGUAGES) + number)
        self._kinds: list[tuple[float, Callable[[Faker], str]]] = [
            (0.15, lambda _: self._amount()),
            (0.15, self._labelled),
            (0.10, lambda faker: faker.date(self._one_of(_LONGER_DATES))),
            (0.10, lambda faker: faker.company()),
            (0.10, self._contact),
            (0.15, lambda faker: " ".join(faker.sentence(self._integer(3, 9)).split()[:9])),
            (0.10, lambda faker: " ".join(faker.words(self._integer(1, 5)))),
            (0.07, lambda faker: faker.bothify(self._one_of(_CODES))),
            (0.08, lambda faker: faker.iban()),
        ]

    def draw(self) -> str:
        """One line, of at least one character and at most 60."""
        shares = [share for share, _ in self._kinds]
        while True:
            _, make = self._kinds[int(self._random.choice(len(self._kinds), p=shares))]
            phrase = make(self._one_of(self._fakers))
            phrase = phrase.upper() if self._random.random() < _UPPER_CASE else phrase
            if phrase := " ".join(phrase.split())[:_LONGEST].strip():
                return phrase

    def _amount(self) -> str:
        amount = f"{self._random.uniform(0, self._one_of(_LARGEST_AMOUNTS)):,.2f}"
        if self._random.random() < 0.35:  # as on the continent
            thousands = self._one_of((".", " ", ""))
            amount = amount.replace(",", "_").replace(".", ",").replace("_", thousands)
        elif self._random.random() < 0.4:
            amount = amount.replace(",", "")
        return self._one_of(_BEFORE_AMOUNTS) + amount + self._one_of(_AFTER_AMOUNTS)

    def _labelled(self, faker: Faker) -> str:
        values: tuple[Callable[[], str], ...] = (
            self._amount,
            lambda: str(self._integer(0, 10 ** self._integer(1, 10))),
            lambda: faker.bothify("??-####").upper(),
            lambda: faker.date(self._one_of(_DATES)),
        )
        return self._one_of(_LABELS) + self._one_of(_LABEL_ENDS) + self._one_of(values)()

    def _contact(self, faker: Faker) -> str:
        ways: tuple[Callable[[], str], ...] = (
            faker.street_address,
            faker.city,
            lambda: f"{faker.postcode()} {faker.city()}",
            faker.phone_number,
            faker.email,
            faker.name,
        )
        return self._one_of(ways)()

    def _one_of(self, choices: "tuple[T, ...] | list[T]") -> T:
        return choices[int(self._random.integers(len(choices)))]

    def _integer(self, least: int, most: int) -> int:
        return int(self._random.integers(least, most + 1))
