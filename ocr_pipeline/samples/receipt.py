"""Lays out till receipts."""

from dataclasses import dataclass

import numpy as np

from ocr_pipeline.samples.facts import Facts, Item
from ocr_pipeline.samples.sheet import Face, Sheet

_WIDTH = 226.0
"""80 mm paper, in points."""
_MARGIN = 16.0
_RIGHT = _WIDTH - _MARGIN


@dataclass
class _Roll:
    """Paper that grows downwards."""

    sheet: Sheet
    face: Face
    bold: Face
    size: float
    y: float = 22.0

    def feed(self, rows: float = 1.0) -> None:
        self.y += rows * self.size * 1.45

    def centred(self, text: str, *, bold: bool = False, scale: float = 1.0) -> None:
        self.feed(scale)
        face = self.bold if bold else self.face
        self.sheet.put(_WIDTH / 2, self.y, text, face=face, size=self.size * scale, align="center")

    def pair(self, left: str, right: str, *, bold: bool = False, scale: float = 1.0) -> None:
        self.feed(scale)
        face = self.bold if bold else self.face
        self.sheet.put(_MARGIN, self.y, left, face=face, size=self.size * scale)
        self.sheet.put(_RIGHT, self.y, right, face=face, size=self.size * scale, align="right")

    def left(self, text: str, indent: float = 0.0) -> None:
        self.feed()
        self.sheet.put(_MARGIN + indent, self.y, text, face=self.face, size=self.size)

    def dashes(self) -> None:
        self.feed(0.9)
        self.sheet.decorate(_MARGIN, self.y, "-" * 32, face="cour", size=10.1)


def receipt(rng: np.random.Generator, facts: Facts) -> Sheet:
    """A receipt; the layout is drawn from `rng`."""
    monospaced = bool(rng.integers(2))
    roll = _Roll(
        Sheet(_WIDTH, 0.0),
        "cour" if monospaced else "helv",
        "cobo" if monospaced else "hebo",
        8.8 if monospaced else 9.2,
    )
    _head(roll, facts)
    _meta(roll, facts, colon_column=bool(rng.integers(2)))
    roll.dashes()
    print_item = _item_in_two_rows if rng.integers(2) else _item_in_one_row
    for item in facts.items:
        print_item(roll, facts, item)
    roll.dashes()
    _sums(roll, facts, paid_by=str(rng.choice(["CASH", "VISA", "MASTERCARD"])))
    roll.feed(0.8)
    roll.centred(facts.country.labels.thanks)
    roll.sheet.height = roll.y + 34.0
    return roll.sheet


def _head(roll: _Roll, facts: Facts) -> None:
    # Long names are set smaller, so that they stay on one line.
    fits = min(1.25, 30.0 / len(facts.vendor_name))
    roll.centred(facts.vendor_name, bold=True, scale=max(fits, 0.9))
    for line in (f"{facts.street},", facts.town, f"Tel {facts.phone}", facts.tax_id):
        roll.centred(line)
    roll.feed(0.4)
    roll.centred(facts.country.labels.receipt, bold=True)
    roll.feed(0.4)


def _meta(roll: _Roll, facts: Facts, *, colon_column: bool) -> None:
    labels = facts.country.labels
    rows = [(labels.number, facts.number), (labels.date, f"{facts.date_text} {facts.clock}")]
    for label, value in rows:
        if colon_column:
            roll.feed()
            roll.sheet.put(_MARGIN, roll.y, label, face=roll.face, size=roll.size)
            roll.sheet.put(_MARGIN + 74, roll.y, f": {value}", face=roll.face, size=roll.size)
        else:
            roll.left(f"{label}: {value}")


def _item_in_two_rows(roll: _Roll, facts: Facts, item: Item) -> None:
    roll.left(item.description)
    roll.feed()
    quantity = f"{item.quantity} x {facts.plain(item.unit_price)}"
    roll.sheet.put(_MARGIN + 24, roll.y, quantity, face=roll.face, size=roll.size)
    roll.sheet.put(_RIGHT, roll.y, facts.plain(item.amount), face=roll.face, size=roll.size, align="right")


def _item_in_one_row(roll: _Roll, facts: Facts, item: Item) -> None:
    roll.pair(f"{item.quantity} {item.description}", facts.plain(item.amount))
    if item.quantity > 1:
        roll.left(f"@ {facts.plain(item.unit_price)}", indent=12)


def _sums(roll: _Roll, facts: Facts, paid_by: str) -> None:
    labels = facts.country.labels
    roll.pair(labels.subtotal, facts.plain(facts.subtotal))
    roll.pair(facts.tax_label, facts.plain(facts.tax))
    roll.feed(0.2)
    roll.pair(labels.total, facts.money(facts.total), bold=True, scale=1.25)
    roll.feed(0.2)
    roll.pair(paid_by, facts.plain(facts.total))
