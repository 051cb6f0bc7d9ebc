"""The amounts of a document, each with what its label says that it is."""

from dataclasses import dataclass
from decimal import Decimal

from ocr_pipeline.structuring.amounts import Amount, amounts_in
from ocr_pipeline.structuring.labels import Role, is_final_total, opens_tax_table, role_of
from ocr_pipeline.structuring.layout import Row

_TAX_TABLE_ROWS = 6
"""A table of tax rates is no longer than this."""


@dataclass(frozen=True)
class Labelled:
    """An amount, what its label says it is, and where."""

    amount: Amount
    role: Role | None
    final: bool
    """A total after which nothing comes, by its label."""
    in_tax_table: bool
    alone: bool
    """It shares its label with no other amount of the row."""
    row: Row

    @property
    def value(self) -> Decimal:
        """With exactly two decimals."""
        return self.amount.value


def label_amounts(rows: list[Row]) -> list[Labelled]:
    """Every amount with the role that the words to its left give it, or the row above where there are none."""
    found: list[Labelled] = []
    tax_table_until = -1
    label_above = ""
    for row in rows:
        amounts = amounts_in(row)
        if opens_tax_table(row.text):
            tax_table_until = row.index + _TAX_TABLE_ROWS
        for number, amount in enumerate(amounts):
            label, own = _label(row, amounts, number)
            label = label or label_above
            found.append(
                Labelled(
                    amount=amount,
                    role=role_of(label),
                    final=is_final_total(label),
                    in_tax_table=row.index <= tax_table_until,
                    alone=own,
                    row=row,
                )
            )
        label_above = "" if amounts else row.text
    return found


def _label(row: Row, amounts: list[Amount], number: int) -> tuple[str, bool]:
    """The words that say what an amount is: those since the amount before it, else those that begin the row.

    Also whether they are this amount's alone.
    """
    before = row.text[: amounts[number].start]
    if number:
        between = before[amounts[number - 1].start :]
        if role_of(between) is not None:
            return between, True
        before = row.text[: amounts[0].start]
    alone = len(amounts) == 1
    if role_of(before) is Role.OTHER:
        # "Qty: 1   Total   11.60": two things in one row; the cell beside the amount decides.
        nearest = [cell.text for cell in row.cells if cell.box.x0 < amounts[number].run.box.x0][-2:]
        return next((text for text in reversed(nearest) if role_of(text) not in {None, Role.OTHER}), before), alone
    return (before if any(character.isalpha() for character in before) else ""), alone
