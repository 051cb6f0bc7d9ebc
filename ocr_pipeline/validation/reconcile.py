"""Whether the sums of a document agree with each other.

Every printed amount may have been rounded, so each one that goes into a sum may be a cent off. Prices may include the
tax already. What a document adds or takes away besides (cash rounding, a discount, a service charge) has no field of
its own: a difference counts as explained where exactly that amount is printed somewhere on the document.
"""

import re
from decimal import Decimal

from ocr_pipeline.documents.model import DocumentText, Reconciliation, Record
from ocr_pipeline.validation.values import amount_of

_CENT = Decimal("0.01")
_PRINTED = re.compile(r"\d[\d.,']*[.,]\d{2}(?!\d)")


def reconcile(record: Record, text: DocumentText) -> Reconciliation:
    printed = printed_amounts(text)
    return Reconciliation(
        items_to_subtotal=_items_agree(record, printed), subtotal_and_tax_to_total=_total_agrees(record, printed)
    )


def printed_amounts(text: DocumentText) -> frozenset[Decimal]:
    """Every number with two decimals on the document, without its sign."""
    return frozenset(
        Decimal(re.sub(r"\D", "", match[0])).scaleb(-2) for line in text.lines for match in _PRINTED.finditer(line)
    )


def _items_agree(record: Record, printed: frozenset[Decimal]) -> bool | None:
    """The items' amounts against subtotal, or the total where prices include tax or nothing else is known."""
    amounts = [amount_of(item.amount) for item in record.line_items]
    subtotal, total = amount_of(record.fields.get("subtotal")), amount_of(record.fields.get("total"))
    goals = [goal for goal in (subtotal, total) if goal is not None]
    if not amounts or not goals:
        return None
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(amounts):
        return None
    tax = amount_of(record.fields.get("tax"))
    if subtotal is None and total is not None and tax is not None:
        goals.append(total - tax)
    tolerance = _CENT * len(known)
    summed = sum(known, Decimal(0))
    return any(_near(summed, goal, tolerance, printed) for goal in goals)


def _total_agrees(record: Record, printed: frozenset[Decimal]) -> bool | None:
    subtotal, tax, total = (amount_of(record.fields.get(name)) for name in ("subtotal", "tax", "total"))
    if subtotal is None or total is None:
        return None
    if tax is None:
        return True if subtotal == total else None
    tax_included = subtotal
    return any(_near(summed, total, 2 * _CENT, printed) for summed in (subtotal + tax, tax_included))


def _near(summed: Decimal, goal: Decimal, tolerance: Decimal, printed: frozenset[Decimal]) -> bool:
    difference = abs(summed - goal)
    return difference <= tolerance or difference in printed
