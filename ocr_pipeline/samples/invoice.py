"""Lays out invoices of one or several pages."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ocr_pipeline.samples.facts import Facts, Item
from ocr_pipeline.samples.sheet import A4, LETTER, Align, Face, Sheet

_LEFT = 56.0
_ROW = 19.0
_ROWS_OF_SUMS = 5
_FOOT = 70.0
"""Points at the bottom of a page that the table leaves free."""


@dataclass(frozen=True)
class _Style:
    face: Face
    bold: Face
    shaded_head: bool
    sender_on_the_right: bool
    numbered: bool


def invoice(rng: np.random.Generator, facts: Facts) -> list[Sheet]:
    """The pages of an invoice; the style is drawn from `rng`. The sums stand on the last page."""
    serif = rng.random() < 0.3
    style = _Style(
        "tiro" if serif else "helv", "tibo" if serif else "hebo",
        shaded_head=bool(rng.integers(2)), sender_on_the_right=bool(rng.integers(2)), numbered=bool(rng.integers(2)),
    )  # fmt: skip
    size = LETTER if facts.country.currency == "USD" else A4
    chunks = list(_chunks(facts.items, size[1]))
    sheets = []
    start = 1
    for index, chunk in enumerate(chunks):
        sheet = Sheet(*size)
        y = _head(sheet, facts, style) if index == 0 else _running_head(sheet, facts, style)
        y = _table(sheet, facts, style, dict(enumerate(chunk, start=start)), y)
        start += len(chunk)
        if index == len(chunks) - 1:
            _sums(sheet, facts, style, y)
        _foot(sheet, facts, index + 1, len(chunks))
        sheets.append(sheet)
    return sheets


def _chunks(items: tuple[Item, ...], height: float) -> Iterator[tuple[Item, ...]]:
    """Items by page. The first page holds fewer, for its letter head; the last has room for the sums."""
    rest = items
    room = int((height - 250.0 - _FOOT) / _ROW)
    while len(rest) > room - _ROWS_OF_SUMS:
        cut = min(room, len(rest) - 1)
        yield rest[:cut]
        rest = rest[cut:]
        room = int((height - 106.0 - _FOOT) / _ROW)
    yield rest


def _head(sheet: Sheet, facts: Facts, style: _Style) -> float:
    """Sender, buyer, number and date; returns where the table begins."""
    labels = facts.country.labels
    right = sheet.width - _LEFT
    sides: list[tuple[float, Align]] = [(_LEFT, "left"), (right, "right")]
    (title_x, title_align), (sender_x, align) = sides if style.sender_on_the_right else sides[::-1]
    sheet.put(sender_x, 70, facts.vendor_name, face=style.bold, size=15, align=align)
    sheet.put(title_x, 72, labels.invoice, face=style.bold, size=20, align=title_align)
    for row, line in enumerate((facts.street, facts.town, f"Tel. {facts.phone}", facts.tax_id)):
        sheet.put(sender_x, 88 + 13 * row, line, face=style.face, size=9.5, align=align)
    sheet.rule(_LEFT, 142, right, 142)
    sheet.put(_LEFT, 170, labels.bill_to, face=style.bold)
    sheet.put(right - 190, 170, f"{labels.number}:", face=style.bold)
    sheet.put(right, 170, facts.number, face=style.face, align="right")
    sheet.put(_LEFT, 186, facts.buyer, face=style.face)
    sheet.put(right - 190, 186, f"{labels.date}:", face=style.bold)
    sheet.put(right, 186, facts.date_text, face=style.face, align="right")
    return 240.0


def _running_head(sheet: Sheet, facts: Facts, style: _Style) -> float:
    sheet.put(_LEFT, 56, facts.vendor_name, face=style.bold)
    number = f"{facts.country.labels.number} {facts.number}"
    sheet.put(sheet.width - _LEFT, 56, number, face=style.face, align="right")
    return 96.0


def _columns(sheet: Sheet) -> tuple[float, float, float]:
    """Right edges of quantity, unit price and amount."""
    right = sheet.width - _LEFT
    return right - 165, right - 80, right - 4


def _table(sheet: Sheet, facts: Facts, style: _Style, rows: dict[int, Item], y: float) -> float:
    """Draws the head and the numbered rows of the table from `y` on; returns where it ends."""
    labels = facts.country.labels
    right = sheet.width - _LEFT
    quantity_x, price_x, amount_x = _columns(sheet)
    if style.shaded_head:
        sheet.shade(_LEFT, y - 14, right, y + 6)
    sheet.put(_LEFT + 4, y, labels.description, face=style.bold)
    for x, label in ((quantity_x, labels.quantity), (price_x, labels.price), (amount_x, labels.amount)):
        sheet.put(x, y, label, face=style.bold, align="right")
    sheet.rule(_LEFT, y + 6, right, y + 6)
    for index, item in rows.items():
        y += _ROW
        x = _LEFT + 4
        if style.numbered:
            sheet.put(x, y + 2, f"{index}", face=style.face)
            x += 24
        sheet.put(x, y + 2, item.description, face=style.face)
        sheet.put(quantity_x, y + 2, str(item.quantity), face=style.face, align="right")
        sheet.put(price_x, y + 2, facts.plain(item.unit_price), face=style.face, align="right")
        sheet.put(amount_x, y + 2, facts.plain(item.amount), face=style.face, align="right")
    sheet.rule(_LEFT, y + 10, right, y + 10)
    return y + 12


def _sums(sheet: Sheet, facts: Facts, style: _Style, y: float) -> None:
    labels = facts.country.labels
    _, _, amount_x = _columns(sheet)
    label_x = sheet.width - _LEFT - 190
    for label, amount in ((labels.subtotal, facts.subtotal), (facts.tax_label, facts.tax)):
        y += _ROW
        sheet.put(label_x, y, label, face=style.face)
        sheet.put(amount_x, y, facts.money(amount), face=style.face, align="right")
    y += 8
    sheet.rule(label_x, y, sheet.width - _LEFT, y)
    y += _ROW
    sheet.put(label_x, y, labels.total, face=style.bold, size=12)
    sheet.put(amount_x, y, facts.money(facts.total), face=style.bold, size=12, align="right")


def _foot(sheet: Sheet, facts: Facts, page: int, pages: int) -> None:
    labels = facts.country.labels
    y = sheet.height - 40
    sheet.rule(_LEFT, y - 14, sheet.width - _LEFT, y - 14)
    sheet.put(_LEFT, y, labels.thanks, size=8.5)
    sheet.put(sheet.width - _LEFT, y, labels.page.format(page, pages), size=8.5, align="right")
