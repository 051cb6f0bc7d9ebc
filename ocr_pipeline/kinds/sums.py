"""Rules about amounts: sums that agree, a tax rate that can be.

Every printed amount may have been rounded, so each one that goes into a sum may be a cent off.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ocr_pipeline.documents.model import DocumentText, Record, ReviewReason
from ocr_pipeline.kinds.adjustments import printed_adjustments
from ocr_pipeline.kinds.values import amount_of

LINE_ITEMS = "line_items"
"""In a sum: the amounts of all items."""
_CENT = Decimal("0.01")
_SUM = re.compile(r"-?\w+(?: [+-] \w+)* = \w+")
_TERM = re.compile(r"([+-]?) ?(\w+)")


@dataclass(frozen=True)
class Sum:
    """At least one of these sums agrees, as far as its amounts are known.

    A difference counts as explained where exactly that amount is printed as an adjustment (see
    `ocr_pipeline.kinds.adjustments`).
    """

    code: str
    message: str
    ways: tuple[str, ...]
    """Names of amounts with + or - between them and one behind =, such as ``cash - change = total``."""
    needs: tuple[str, ...] = ()
    """Fields without which a difference says nothing: there may be a tax that was not found."""
    field: str | None = None
    """Where a person should look."""

    def __post_init__(self) -> None:
        for way in self.ways:
            if not _SUM.fullmatch(way):
                raise ValueError(f"{way!r} is not like 'subtotal + tax = total'")

    def check(self, record: Record, text: DocumentText) -> list[ReviewReason]:
        if self.agrees(record, text) is not False:
            return []
        return [ReviewReason(code=self.code, message=self.message, field=self.field)]

    def agrees(self, record: Record, text: DocumentText) -> bool | None:
        """None where amounts needed for an answer are not known."""
        told = [difference for way in self.ways if (difference := _difference(way, record)) is not None]
        if any(abs(difference) <= tolerance for difference, tolerance in told):
            return True
        if not told or any(amount_of(record.fields.get(name)) is None for name in self.needs):
            return None
        adjustments = set(printed_adjustments(text))
        return any(abs(difference) in adjustments for difference, _ in told)


@dataclass(frozen=True)
class TaxRate:
    """The tax is no more than this part of what it was raised on, and has its sign."""

    highest: Decimal = Decimal("0.30")
    """No country raises a value added tax above 27%."""

    def check(self, record: Record, _: DocumentText) -> list[ReviewReason]:
        subtotal, tax, total = (amount_of(record.fields.get(name)) for name in ("subtotal", "tax", "total"))
        net = subtotal if subtotal is not None or total is None or tax is None else total - tax
        if tax is None or net is None or _within(tax, net * self.highest):
            return []
        message = f"A tax of {tax} on {net} is a rate that no country raises."
        return [ReviewReason(code="implausible_tax", message=message, field="tax")]


def _within(tax: Decimal, most: Decimal) -> bool:
    """Whether the tax lies between nothing and `most`, which is negative on a credit note."""
    low, high = sorted((Decimal(0), most))
    return low - _CENT <= tax <= high + _CENT


def _difference(way: str, record: Record) -> tuple[Decimal, Decimal] | None:
    """By how much the sum is off, and may be by rounding; None where one of its amounts is not known."""
    left, _, right = way.partition(" = ")
    whole = amount_of(record.fields.get(right))
    summed = tolerance = Decimal(0)
    for sign, name in _TERM.findall(left):
        amounts = _amounts(name, record)
        if amounts is None:
            return None
        summed += sum(amounts) * (-1 if sign == "-" else 1)
        tolerance += _CENT * len(amounts)
    return None if whole is None else (summed - whole, tolerance)


def _amounts(name: str, record: Record) -> Sequence[Decimal] | None:
    """None where the field, or the amount of an item, is not known."""
    fields = [item.amount for item in record.line_items] if name == LINE_ITEMS else [record.fields.get(name)]
    known = [amount for field in fields if (amount := amount_of(field)) is not None]
    return known if known and len(known) == len(fields) else None
