"""The table of goods or services: rows between its heading and the sums, read by column and checked by arithmetic."""

import re
from dataclasses import dataclass
from decimal import Decimal

from ocr_pipeline.documents.model import Field, LineItem, Word
from ocr_pipeline.kinds.languages import NOT_TOLD, Language
from ocr_pipeline.structuring.amounts import Amount, amounts_in, decimal_mark, parse_number, plain, repair
from ocr_pipeline.structuring.columns import Column, Heading, find_heading
from ocr_pipeline.structuring.labels import Role, role_of
from ocr_pipeline.structuring.layout import Row, Run

_NUMBER = re.compile(
    r"^\W?(?:RM|[€$£@])?(?P<number>\d{1,3}(?:[.,']\d{3})+(?:[.,]\d{1,4})?|\d{1,6}(?:[.,]\d{1,4})?)"
    r"(?:[xX*@\u00d7]|(?i:pcs?|units?|stk|st|kg|g|l|m|m²|h|std|stück|ea|nos?|pkt|btl))?[^\w%]*$"
)
_CODE = re.compile(r"^[\d\W]*$|^\d{5,}\w*$")
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class _Number:
    """A number in a row of the table, whatever its decimals."""

    value: Decimal
    run: Run
    column: Column | None


@dataclass(frozen=True)
class _Table:
    heading: Heading
    mark: str
    """The decimal mark."""

    def amounts(self, row: Row) -> list[Amount]:
        """The amounts of a row, the last of them under ``Amount`` where the table has such a column.

        None where all there is is a price after an at sign, which belongs to the description.
        """
        amounts = amounts_in(row)
        if len(amounts) == 1 and row.text[: amounts[0].start].rstrip().endswith("@"):
            return []
        if self.heading.box_of(Column.AMOUNT) is None:
            return amounts
        while amounts and not self.heading.is_under(amounts[-1].run, Column.AMOUNT):
            amounts.pop()
        return amounts

    def numbers(self, row: Row) -> list[_Number]:
        found = []
        words = row.run.words
        for word, following in zip(words, (*words[1:], None), strict=True):
            match = _NUMBER.match(repair(word.text))
            if match and not (following and following.text.startswith("%")):
                value = parse_number(match["number"], self.mark)
                run = Run(row.page, (word,))
                if value is not None:
                    found.append(_Number(value, run, self.heading.column_of(run)))
        return found

    def description(self, row: Row, amounts: list[Amount]) -> Run | None:
        """The words before the numbers, without codes and positions to their left; None where no words are left.

        Where quantity and price stand in cells of their own, numbers among the words belong to them: ``Toner 2600``.
        """
        columns = {Column.QUANTITY, Column.UNIT_PRICE, Column.AMOUNT}
        inside = {id(word) for cell in row.cells if _is_text(cell) for word in cell.words}
        in_columns = [number for number in self.numbers(row) if number.column in columns]
        apart = [number for number in in_columns if id(number.run.words[0]) not in inside]
        has_own_cells = {number.column for number in apart} >= {Column.QUANTITY, Column.UNIT_PRICE}
        numbers = {id(number.run.words[0]) for number in (apart if has_own_cells else in_columns)}
        numbers |= {id(word) for amount in amounts for word in amount.run.words}
        words: list[Word] = []
        for word in (word for cell in row.cells if not self._is_beside(cell) for word in cell.words):
            if id(word) in numbers and words:
                break
            if words or not (id(word) in numbers or _NUMBER.match(word.text) or _CODE.match(word.text)):
                words.append(word)
        while words and _CODE.match(words[-1].text) and not has_own_cells:
            words.pop()
        run = Run(row.page, tuple(words)) if words else None
        return run if run is not None and sum(character.isalpha() for character in run.text) >= 3 else None

    def _is_beside(self, cell: Run) -> bool:
        """Whether a cell stands under another heading, left of the descriptions."""
        described = self.heading.box_of(Column.DESCRIPTION)
        return (
            described is not None
            and cell.box.x1 < described.x0
            and self.heading.column_of(cell) is not Column.DESCRIPTION
        )


def find_line_items(rows: list[Row], sums_from: int | None, language: Language = NOT_TOLD) -> tuple[LineItem, ...]:
    """Items between the table's heading and row `sums_from`, where the sums begin; none without either.

    A row of amounts without words takes its description from the row above, or from the row below where the table's
    first row has none either.
    """
    heading = find_heading(rows)
    if sums_from is None or heading is None or heading.row.index >= sums_from:
        return ()
    table = _Table(heading, decimal_mark(rows, language))
    body = [(row, table.amounts(row)) for row in rows[heading.row.index + 1 : sums_from]]
    described_below = bool(body) and bool(body[0][1]) and table.description(*body[0]) is None
    items: list[LineItem] = []
    for number, (row, amounts) in enumerate(body):
        numbers = table.numbers(row)
        if not amounts or (_is_sum(row, amounts) and not _is_product(numbers, amounts[-1])):
            continue
        description = table.description(row, amounts)
        neighbour = number + 1 if described_below else number - 1
        if description is None and 0 <= neighbour < len(body) and not body[neighbour][1]:
            description = table.description(body[neighbour][0], [])
            numbers += table.numbers(body[neighbour][0])
        if description is not None:
            items.append(_item(description, numbers, amounts))
    return tuple(items)


def _is_sum(row: Row, amounts: list[Amount]) -> bool:
    role = role_of(row.text[: amounts[0].start])
    return role is not None and not (role is Role.DISCOUNT and amounts[-1].value < 0)


def _is_product(numbers: list[_Number], amount: Amount) -> bool:
    """Whether the row multiplies, column by column, which goods do whatever they are called, and sums do not."""
    found = {number.column: number.value for number in numbers}
    quantity, price = found.get(Column.QUANTITY), found.get(Column.UNIT_PRICE)
    return quantity is not None and price is not None and abs(quantity * price - amount.value) <= _CENT


def _is_text(cell: Run) -> bool:
    return sum(character.isalpha() for character in cell.text) >= 3


def _item(description: Run, numbers: list[_Number], amounts: list[Amount]) -> LineItem:
    """Quantity and unit price are sure where they multiply to the amount; else the columns must do."""
    amount = amounts[-1]
    others = [number for number in numbers if number.run.words[0] not in amount.run.words]
    pairs = [
        (quantity, price)
        for quantity in others
        for price in others
        if quantity is not price and quantity.value and abs(quantity.value * price.value - amount.value) <= _CENT
    ]
    if pairs:
        quantity, price = max(pairs, key=_agreement)
        return _line_item(description, quantity, price, amount, 0.9)
    by_column = {number.column: number for number in reversed(others)}
    return _line_item(description, by_column.get(Column.QUANTITY), by_column.get(Column.UNIT_PRICE), amount, 0.6)


def _agreement(pair: tuple[_Number, _Number]) -> int:
    """How many of the two stand in the column that one would expect."""
    quantity, price = pair
    return (quantity.column is Column.QUANTITY) + (price.column is Column.UNIT_PRICE)


def _line_item(
    description: Run, quantity: _Number | None, price: _Number | None, amount: Amount, confidence: float
) -> LineItem:
    return LineItem(
        description=description.field(description.text, confidence),
        quantity=_field(quantity, confidence, 0),
        unit_price=_field(price, confidence, 2),
        amount=amount.run.field(plain(amount.value), confidence),
    )


def _field(number: _Number | None, confidence: float, places: int) -> Field | None:
    """A decimal string with at least so many places."""
    if number is None:
        return None
    exponent = number.value.normalize().as_tuple().exponent
    decimals = max(places, -exponent) if isinstance(exponent, int) else places
    return number.run.field(f"{number.value:.{decimals}f}", confidence)
