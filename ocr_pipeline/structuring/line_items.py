"""The table of goods or services, from where its columns stand."""

import re
from decimal import Decimal

from ocr_pipeline.documents.model import Field, LineItem
from ocr_pipeline.structuring.amounts import Amount, amounts_in, decimal_mark, parse_number, plain
from ocr_pipeline.structuring.labels import Role, role_of, squash
from ocr_pipeline.structuring.layout import Row, Run

_COLUMNS = re.compile(
    r"DESC|ITEM|QTY|QUANTITY|PRICE|AMOUNT|AMT|UNIT|PRODUCT|RATE|MENGE|BESCHREIBUNG|BEZEICHNUNG|PREIS|BETRAG|ARTIKEL|PRODUKT"
    r"|OMSCHRIJVING|PRIJS|BEDRAG|AANTAL|ENTGELT|PRIX|MONTANT|QUANTITÉ|DÉSIGNATION|U\.?P"
)
_QUANTITY = re.compile(
    r"^(?P<number>\d{1,4}(?:[.,]\d{1,4})?)\s*(?:[xX*@\u00d7]|(?i:pcs?|units?|stk|st|kg|g|l|m|m²|h|std|stück|ea|nos?|pkt|btl))?\W*$"
)
_CODE = re.compile(r"^[\d\W]*$|^\d{5,}\w*$")
_CENT = Decimal("0.01")


def find_line_items(rows: list[Row], sums_from: int | None) -> tuple[LineItem, ...]:
    """Items between the table's heading and row `sums_from`, where the sums begin; none without either.

    A row of amounts without words takes its description from the row above, or from the row below where the table's
    first row has none either.
    """
    heading = _heading(rows)
    if sums_from is None or heading is None or heading >= sums_from:
        return ()
    mark = decimal_mark(rows)
    body = [(row, _item_amounts(row)) for row in rows[heading + 1 : sums_from]]
    described_below = bool(body) and bool(body[0][1]) and _description(*body[0]) is None
    items: list[LineItem] = []
    for number, (row, amounts) in enumerate(body):
        if not amounts or _is_sum(row, amounts):
            continue
        neighbour = number + 1 if described_below else number - 1
        description = _description(row, amounts)
        if description is None and 0 <= neighbour < len(body) and not body[neighbour][1]:
            description = _description(body[neighbour][0], [])
        if description is not None:
            items.append(_item(description, row, amounts, mark))
    return tuple(items)


def _heading(rows: list[Row]) -> int | None:
    """The first row with two or more names of columns and no amounts."""
    for row in rows:
        if len(set(_COLUMNS.findall(squash(row.text)))) >= 2 and not amounts_in(row) and len(row.run.words) <= 16:
            return row.index
    return None


def _item_amounts(row: Row) -> list[Amount]:
    """The amounts of a row, unless all it has is a price after an at sign: that belongs to the description."""
    amounts = amounts_in(row)
    if len(amounts) == 1 and row.text[: amounts[0].start].rstrip().endswith("@"):
        return []
    return amounts


def _is_sum(row: Row, amounts: list[Amount]) -> bool:
    role = role_of(row.text[: amounts[0].start])
    return role is not None and not (role is Role.DISCOUNT and amounts[-1].value < 0)


def _description(row: Row, amounts: list[Amount]) -> Run | None:
    """The words before the first amount, less quantities and codes at either end; None where no words are left."""
    text = row.text[: amounts[0].start] if amounts else row.text
    if not text.strip():
        return None
    taken = {id(word) for amount in amounts for word in amount.run.words}
    words = [word for word in row.run.part(0, len(text)).words if id(word) not in taken]
    while words and _QUANTITY.match(words[-1].text):
        words.pop()
    while words and (_QUANTITY.match(words[0].text) or _CODE.match(words[0].text)):
        words.pop(0)
    run = Run(row.page, tuple(words)) if words else None
    return run if run is not None and sum(character.isalpha() for character in run.text) >= 3 else None


def _item(description: Run, row: Row, amounts: list[Amount], mark: str) -> LineItem:
    """Quantity and unit price are sure where they multiply to the amount."""
    amount, prices = amounts[-1], amounts[:-1]
    quantities = _quantities(row, amounts, mark)
    for value, run in quantities:
        for price in prices:
            if abs(price.value * value - amount.value) <= _CENT:
                return _line_item(description, (value, run), price, amount, 0.9)
    quantity = quantities[0] if quantities else None
    return _line_item(description, quantity, prices[-1] if prices else None, amount, 0.6)


def _line_item(
    description: Run, quantity: tuple[Decimal, Run] | None, price: Amount | None, amount: Amount, confidence: float
) -> LineItem:
    return LineItem(
        description=description.field(description.text, confidence),
        quantity=quantity and quantity[1].field(f"{quantity[0].normalize():f}", confidence),
        unit_price=price and _field(price, confidence),
        amount=_field(amount, confidence),
    )


def _quantities(row: Row, amounts: list[Amount], mark: str) -> list[tuple[Decimal, Run]]:
    """What could be the quantity, from left to right."""
    taken = {id(word) for amount in amounts for word in amount.run.words}
    found = []
    for word in row.run.words:
        match = _QUANTITY.match(word.text)
        if match and id(word) not in taken:
            value = parse_number(match["number"], mark)
            if value is not None and value > 0:
                found.append((value, Run(row.page, (word,))))
    return found


def _field(amount: Amount, confidence: float) -> Field:
    return amount.run.field(plain(amount.value), confidence)
