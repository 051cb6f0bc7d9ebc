"""Which of the amounts is the document's total."""

from collections import Counter
from decimal import Decimal
from statistics import median
from typing import NamedTuple

from ocr_pipeline.structuring.amounts import plain
from ocr_pipeline.structuring.labelled_amounts import Labelled
from ocr_pipeline.structuring.labels import Role
from ocr_pipeline.structuring.layout import Row
from ocr_pipeline.structuring.ranking.candidate import Candidate
from ocr_pipeline.structuring.ranking.line_roles import RolesOfRows
from ocr_pipeline.structuring.totals import CENT, adds_up, is_paid

_MOST = 160
"""Amounts looked at in one document; long tables have more, and their totals stand at the end or under a label."""


class TotalFeatures(NamedTuple):
    # What the label says, first as rules read it.
    role_total: float
    role_subtotal: float
    role_tax: float
    role_rounding: float
    role_discount: float
    role_payment: float
    role_change: float
    role_other: float
    unlabelled: float
    final: float
    in_tax_table: float
    alone: float
    rule: float
    rule_rank: float
    # What the other amounts say.
    value_rank: float
    share_of_largest: float
    repeated: float
    paid_less_change: float
    is_paid: float
    sum_with_tax: float
    with_rounding: float
    of_items: float
    # Where and how it is printed.
    row: float
    row_from_end: float
    across: float
    height: float
    page: float
    pages_after: float
    amounts_in_row: float
    place_in_row: float
    marked: float
    role_here: float
    role_above: float
    recognized: float
    is_repeated: float
    gross: float
    net: float
    words_in_row: float
    below_rule_best: float


def total_candidates(
    rows: list[Row], labelled: list[Labelled], rules: list[float], roles: RolesOfRows
) -> list[tuple[Candidate, Labelled]]:
    """Every amount with what its label says; of very many those that look most like a total, the likeliest first.

    `rules` are the `total_scores` of the amounts in `labelled`.
    """
    if not labelled:
        return []
    context = _Context(rows, labelled, rules, roles)
    likely = [rule + 2 * roles.of(item.row).total for rule, item in zip(rules, labelled, strict=True)]
    likeliest = sorted(range(len(labelled)), key=lambda number: -likely[number])[:_MOST]
    return [(context.candidate(number), labelled[number]) for number in likeliest]


class _Context:
    """The document that a total is to be found in; `labelled` is not empty."""

    def __init__(self, rows: list[Row], labelled: list[Labelled], rules: list[float], roles: RolesOfRows) -> None:
        self._rows, self._labelled, self._rules, self._roles = rows, labelled, rules, roles
        self._height = median(row.run.height for row in rows)
        self._width = max(row.run.box.x1 for row in rows)
        self._by_rule = {value: rank for rank, value in enumerate(sorted(set(rules), reverse=True))}
        self._best_rule_row = labelled[max(range(len(rules)), key=rules.__getitem__)].row.index
        self._values = Counter(item.value for item in labelled)
        self._by_value = {value: rank for rank, value in enumerate(sorted(self._values, reverse=True))}
        self._largest = max(abs(value) for value in self._values) or CENT
        self._paid = {item.value for item in labelled if item.role is Role.PAYMENT}
        self._change = {item.value for item in labelled if item.role is Role.CHANGE}
        self._taxes = {item.value for item in labelled if item.role is Role.TAX and item.value > 0}
        self._bases = {item.value for item in labelled if item.role in {Role.SUBTOTAL, None}}
        self._roundings = {abs(item.value) for item in labelled if item.role is Role.ROUNDING and item.value}
        self._per_row = Counter(item.row.index for item in labelled)
        self._places, self._of_items = _running(labelled)

    def candidate(self, number: int) -> Candidate:
        """The amount with this number."""
        item = self._labelled[number]
        return Candidate(plain(item.value), item.amount.run, self._features(number))

    def _features(self, number: int) -> TotalFeatures:
        item, rule = self._labelled[number], self._rules[number]
        row, value, run = item.row, item.value, item.amount.run
        above = self._rows[row.index - 1] if row.index and self._rows[row.index - 1].page == row.page else None
        text, text_above = row.text.upper(), above.text.upper() if above is not None else ""
        return TotalFeatures(
            role_total=item.role is Role.TOTAL,
            role_subtotal=item.role is Role.SUBTOTAL,
            role_tax=item.role is Role.TAX,
            role_rounding=item.role is Role.ROUNDING,
            role_discount=item.role is Role.DISCOUNT,
            role_payment=item.role is Role.PAYMENT,
            role_change=item.role is Role.CHANGE,
            role_other=item.role is Role.OTHER,
            unlabelled=item.role is None,
            final=item.final,
            in_tax_table=item.in_tax_table,
            alone=item.alone,
            rule=rule,
            rule_rank=self._by_rule[rule],
            value_rank=self._by_value[value],
            share_of_largest=float(value / self._largest),
            repeated=self._values[value],
            paid_less_change=is_paid(value, self._paid, self._change),
            is_paid=value in self._paid,
            sum_with_tax=adds_up(value, self._bases, self._taxes),
            with_rounding=any(value + sign * off in self._values for off in self._roundings for sign in (1, -1)),
            of_items=self._of_items[number],
            row=row.index / len(self._rows),
            row_from_end=len(self._rows) - row.index,
            across=run.box.x1 / self._width,
            height=run.height / self._height,
            page=row.page,
            pages_after=self._rows[-1].page - row.page,
            amounts_in_row=self._per_row[row.index],
            place_in_row=self._places[number],
            marked=bool(item.amount.mark),
            role_here=self._roles.of(row).total,
            role_above=self._roles.of(above).total,
            recognized=min(word.confidence for word in run.words),
            is_repeated=self._values[value] > 1,
            gross="GROSS" in text or "GROSS" in text_above,
            net="NET" in text or "NET" in text_above,
            words_in_row=len(row.run.words),
            below_rule_best=row.index - self._best_rule_row,
        )


def _running(labelled: list[Labelled]) -> tuple[list[int], list[bool]]:
    """Of each amount its place in its row, from 1, and whether the unlabelled ones above it, at least two, make it."""
    places, of_items = [], []
    in_row: Counter[int] = Counter()
    total, count = Decimal(0), 0
    for item in labelled:
        in_row[item.row.index] += 1
        places.append(in_row[item.row.index])
        of_items.append(count > 1 and abs(total - item.value) <= CENT)
        if item.role is None:
            total, count = total + item.value, count + 1
    return places, of_items
