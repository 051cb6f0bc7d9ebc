"""The columns of a table of goods, from the words in its heading."""

import re
from dataclasses import dataclass
from enum import StrEnum

from ocr_pipeline.documents.model import Box
from ocr_pipeline.structuring.amounts import amounts_in
from ocr_pipeline.structuring.labels import squash
from ocr_pipeline.structuring.layout import Row, Run

_MOST_WORDS = 16
"""A row of more words is a sentence, no heading."""


class Column(StrEnum):
    DESCRIPTION = "description"
    QUANTITY = "quantity"
    UNIT_PRICE = "unit_price"
    AMOUNT = "amount"
    OTHER = "other"
    """Position, article number, tax rate, discount."""


_KINDS: tuple[tuple[Column, re.Pattern[str]], ...] = (
    (Column.OTHER, re.compile(r"^(?:TAX|GST|UST|MWST|STEUER|VAT|BTW|TVA|DISC|RAB|REM|POS|CODE$|NR|ART(?:NR)?$)")),
    (
        Column.AMOUNT,
        re.compile(r"A\w{1,2}OUNT|^A\w{1,2}T(?:RM)?$|^RM$|TOTAL|BETRAG|WERT$|ENTGELT|BEDRAG|MONTANT|PRIXHT|INCLBTW"),
    ),
    (Column.QUANTITY, re.compile(r"QTY|QUANTI|QNTY|MENGE|ANZAHL|AANTAL|HOEVEELHEID")),
    (Column.UNIT_PRICE, re.compile(r"PRICE|PREIS|PRIJS|PRIX|RATE|^U/?P$|^RSP$|UNITAIRE")),
    (
        Column.DESCRIPTION,
        re.compile(r"DESC|ITEM|PRODU|BESCHREIBUNG|BEZEICHNUNG|ARTIKEL|OMSCHRIJVING|DÉSIGNATION|TITLE|PARTICULARS"),
    ),
)


@dataclass(frozen=True)
class Heading:
    """The heading of a table: its row and what stands in it."""

    row: Row
    columns: tuple[tuple[Column, Box], ...]

    def column_of(self, run: Run) -> Column | None:
        """The column that `run` stands under: the one it overlaps most, or close to; None far from all."""
        reach = 2 * run.height
        distances = [(_distance(run.box, box), _offset(run.box, box), kind) for kind, box in self.columns]
        distance, _, kind = min(distances, key=lambda item: item[:2])
        return kind if distance <= reach else None

    def is_under(self, run: Run, column: Column) -> bool:
        """Whether `run` stands under `column` or close to it, though maybe under another one as well."""
        return any(kind is column and _distance(run.box, box) <= 2 * run.height for kind, box in self.columns)

    def box_of(self, column: Column) -> Box | None:
        return next((box for kind, box in self.columns if kind is column), None)


def find_heading(rows: list[Row]) -> Heading | None:
    """The first row that names two or more columns, one of them with numbers, and holds no amounts itself."""
    for row in rows:
        if len(row.run.words) > _MOST_WORDS or amounts_in(row):
            continue
        columns = tuple(column for cell in row.cells for column in _columns(cell))
        kinds = {kind for kind, _ in columns}
        if len(kinds - {Column.OTHER}) >= 2 and kinds & {Column.AMOUNT, Column.UNIT_PRICE, Column.QUANTITY}:
            return Heading(row, columns)
    return None


def _columns(cell: Run) -> list[tuple[Column, Box]]:
    """One column for the cell, or one for each word where the words name different ones."""
    words = [(_kind(word.text), word.box) for word in cell.words]
    named = {kind for kind, _ in words if kind is not None}
    whole = _kind(cell.text)
    if len(named) == 1:
        return [(whole or named.pop(), cell.box)]
    if not named or whole is Column.OTHER:
        return [(whole, cell.box)] if whole else []
    return [(kind, box) for kind, box in words if kind is not None]


def _kind(text: str) -> Column | None:
    squashed = squash(text)
    return next((kind for kind, pattern in _KINDS if pattern.search(squashed)), None)


def _distance(box: Box, other: Box) -> float:
    """Horizontal gap; 0 where they overlap."""
    return max(0.0, other.x0 - box.x1, box.x0 - other.x1)


def _offset(box: Box, other: Box) -> float:
    """How far apart they are, measured at whichever edge fits best: columns are flush left, right or centred."""
    centers = abs((box.x0 + box.x1) - (other.x0 + other.x1)) / 2
    return min(abs(box.x0 - other.x0), abs(box.x1 - other.x1), centers)
