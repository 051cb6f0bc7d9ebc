"""Which of the amounts is the document's total."""

from collections import Counter
from decimal import Decimal
from statistics import median

from ocr_pipeline.structuring.amounts import plain
from ocr_pipeline.structuring.labels import Role
from ocr_pipeline.structuring.layout import Row
from ocr_pipeline.structuring.ranking.candidate import Candidate
from ocr_pipeline.structuring.ranking.line_roles import RolesOfRows
from ocr_pipeline.structuring.totals import Labelled, label_amounts, score_total

FEATURES = (
    *(f"role_{role.value}" for role in Role), "unlabelled", "final", "tax_table", "alone", "rule", "rule_rank",
    "value_rank", "share_of_largest", "repeated", "paid_less_change", "is_paid", "sum_with_tax", "with_rounding",
    "of_items", "row", "row_from_end", "across", "height", "page", "pages_after", "amounts_in_row", "place_in_row",
    "marked", "role_here", "role_above", "recognized", "sum_above", "gross", "net", "words_in_row", "below_rule_best",
)  # fmt: skip
_CENT = Decimal("0.01")
_MOST = 160
"""Amounts looked at in one document; long tables have more, and their totals stand at the end or under a label."""


def total_candidates(rows: list[Row], roles: RolesOfRows) -> list[tuple[Candidate, Labelled]]:
    """Every amount of the document with what its label says; of very many those that look most like a total."""
    labelled = label_amounts(rows)
    if not labelled:
        return []
    height = median(row.run.height for row in rows)
    width = max(row.run.box.x1 for row in rows)
    rules = [score_total(item, labelled, height) if item.role is Role.TOTAL else -4.0 for item in labelled]
    by_rule = {value: rank for rank, value in enumerate(sorted(set(rules), reverse=True))}
    values = Counter(item.value for item in labelled)
    ordered = {value: rank for rank, value in enumerate(sorted(values, reverse=True))}
    largest = max(abs(value) for value in values) or _CENT
    paid = {item.value for item in labelled if item.role is Role.PAYMENT}
    change = {item.value for item in labelled if item.role is Role.CHANGE}
    taxes = {item.value for item in labelled if item.role is Role.TAX and item.value > 0}
    bases = {item.value for item in labelled if item.role in {Role.SUBTOTAL, None}}
    roundings = {abs(item.value) for item in labelled if item.role is Role.ROUNDING and item.value}
    per_row = Counter(item.row.index for item in labelled)
    pages = rows[-1].page
    best_rule_row = max(zip(rules, labelled, strict=True), key=lambda pair: pair[0])[1].row.index
    found: list[tuple[float, Candidate, Labelled]] = []
    running: list[Decimal] = []
    seen_in_row: Counter[int] = Counter()
    for item, rule in zip(labelled, rules, strict=True):
        row, value = item.row, item.value
        seen_in_row[row.index] += 1
        above = rows[row.index - 1] if row.index and rows[row.index - 1].page == row.page else None
        text = row.text.upper()
        features = (
            *(float(item.role is role) for role in Role),
            float(item.role is None),
            float(item.final),
            float(item.in_tax_table),
            float(item.alone),
            rule,
            by_rule[rule],
            ordered[value],
            float(value / largest),
            values[value],
            float(any(abs(given - back - value) < _CENT for given in paid for back in change)),
            float(value in paid),
            float(any(abs(base + tax - value) <= 5 * _CENT for base in bases for tax in taxes if base != value)),
            float(any(value + sign * rounding in values for rounding in roundings for sign in (1, -1))),
            float(len(running) > 1 and abs(sum(running, Decimal(0)) - value) <= _CENT),
            row.index / len(rows),
            len(rows) - row.index,
            item.amount.run.box.x1 / width,
            item.amount.run.height / height,
            row.page,
            pages - row.page,
            per_row[row.index],
            seen_in_row[row.index],
            float(bool(item.amount.mark)),
            float(roles.of(row)[3]),
            float(roles.of(above)[3]),
            min(word.confidence for word in item.amount.run.words),
            float(values[value] > 1),
            float("GROSS" in text or (above is not None and "GROSS" in above.text.upper())),
            float("NET" in text or (above is not None and "NET" in above.text.upper())),
            len(row.run.words),
            row.index - best_rule_row,
        )
        if item.role is None:
            running.append(value)
        candidate = Candidate(plain(value), item.amount.run, tuple(float(part) for part in features))
        found.append((rule + 2 * float(roles.of(row)[3]), candidate, item))
    found.sort(key=lambda entry: -entry[0])
    return [(candidate, item) for _, candidate, item in found[:_MOST]]
