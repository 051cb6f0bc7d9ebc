"""What a sample document says, drawn at random with sums that agree."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from ocr_pipeline.samples.catalogue import Country

_CENT = Decimal("0.01")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_FIRST_DAY = date(2023, 1, 2)


@dataclass(frozen=True)
class Item:
    description: str
    quantity: int
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.unit_price


@dataclass(frozen=True)
class Facts:
    """One sale. Amounts are in the country's currency; tax comes on top of the subtotal."""

    country: Country
    vendor_name: str
    street: str
    town: str
    phone: str
    tax_id: str
    buyer: str
    number: str
    day: date
    date_text: str
    clock: str
    items: tuple[Item, ...]

    @property
    def address(self) -> str:
        return f"{self.street}, {self.town}"

    @property
    def subtotal(self) -> Decimal:
        return sum((item.amount for item in self.items), Decimal(0))

    @property
    def tax(self) -> Decimal:
        return (self.subtotal * self.country.tax_percent / 100).quantize(_CENT, ROUND_HALF_UP)

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.tax

    @property
    def tax_label(self) -> str:
        return f"{self.country.tax_label} {self.plain(self.country.tax_percent).rstrip('0').rstrip('.,')}%"

    def plain(self, amount: Decimal) -> str:
        """An amount as the country prints it, without currency: ``1,234.50`` or ``1.234,50``."""
        text = f"{amount:,.2f}"
        if self.country.decimal_mark == ",":
            text = text.translate(str.maketrans(",.", ".,"))
        return text

    def money(self, amount: Decimal) -> str:
        return self.country.money.format(self.plain(amount))

    def truth(self) -> dict[str, object]:
        """`fields` of truth.jsonl."""
        return {
            "vendor_name": self.vendor_name,
            "vendor_address": self.address,
            "document_date": self.day.isoformat(),
            "document_date_raw": self.date_text,
            "total": f"{self.total:.2f}",
            "total_raw": self.money(self.total),
            "currency": self.country.currency,
            "invoice_number": self.number,
            "line_items": [
                {
                    "description": item.description,
                    "quantity": str(item.quantity),
                    "unit_price": f"{item.unit_price:.2f}",
                    "amount": f"{item.amount:.2f}",
                }
                for item in self.items
            ],
            "extra": {"subtotal": f"{self.subtotal:.2f}", "tax": f"{self.tax:.2f}"},
        }


def draw_facts(rng: np.random.Generator, country: Country, trade: int, item_count: int) -> Facts:
    """A sale of `item_count` items in the country's `trade` (0 food, 1 hardware, 2 office)."""
    shop = country.trades[trade]
    day = _FIRST_DAY + timedelta(days=int(rng.integers(0, 1000)))
    return Facts(
        country=country,
        vendor_name=f"{_pick(rng, country.names)} {_pick(rng, shop.suffixes)}",
        street=_pick(rng, country.streets),
        town=_pick(rng, country.towns),
        phone=_with_digits(rng, country.phones),
        tax_id=_tax_id(rng, country),
        buyer=_pick(rng, country.buyers),
        number=f"{_pick(rng, ('INV-', 'A', 'R-', ''))}{rng.integers(10_000, 999_999)}",
        day=day,
        date_text=_date_text(day, _pick(rng, country.dates)),
        clock=f"{rng.integers(8, 20):02d}:{rng.integers(0, 60):02d}",
        items=_draw_items(rng, shop.goods, item_count),
    )


def _pick(rng: np.random.Generator, choices: tuple[str, ...]) -> str:
    return choices[int(rng.integers(len(choices)))]


def _tax_id(rng: np.random.Generator, country: Country) -> str:
    number = _with_digits(rng, country.tax_id)
    return number + country.tax_check("".join(filter(str.isdigit, number)))


def _with_digits(rng: np.random.Generator, pattern: str) -> str:
    return pattern.format(rng.integers(2, 10), rng.integers(10, 100))


def _draw_items(rng: np.random.Generator, goods: tuple[tuple[str, str], ...], count: int) -> tuple[Item, ...]:
    """No good comes twice before each has come once; its price stays the same."""
    prices = [_near(price, int(rng.integers(85, 125))) for _, price in goods]
    rounds = [rng.permutation(len(goods)) for _ in range(-(-count // len(goods)))]
    quantities = rng.choice([1, 1, 1, 2, 2, 3, 5], count)
    chosen = np.concatenate(rounds)[:count]
    return tuple(
        Item(goods[index][0], int(quantity), prices[index]) for index, quantity in zip(chosen, quantities, strict=True)
    )


def _near(usual_price: str, percent: int) -> Decimal:
    return (Decimal(usual_price.replace(",", ".")) * percent / 100).quantize(_CENT, ROUND_HALF_UP)


def _date_text(day: date, pattern: str) -> str:
    month = _MONTHS[day.month - 1]
    parts = {
        "d": f"{day.day:02d}", "D": str(day.day), "m": f"{day.month:02d}", "M": month[:3], "B": month,
        "Y": str(day.year),
    }  # fmt: skip
    return "".join(parts.get(letter, letter) for letter in pattern)
