"""Whether the sums of a document agree with each other.

Every printed amount may have been rounded, so each one that goes into a sum may be a cent off. Prices may include the
tax already. What a document adds or takes away besides (cash rounding, a discount, a service charge) has no field of
its own: a difference counts as explained where exactly that amount is printed as one of these. The amount stands
behind their name, or comes next in the same row; what was paid or given back explains nothing.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import zip_longest

from ocr_pipeline.documents.model import Box, DocumentText, Reconciliation, Record
from ocr_pipeline.validation.values import amount_of

_CENT = Decimal("0.01")
_PRINTED = re.compile(r"\d[\d.,']*[.,]\d{2}(?!\d|[.,]\d)")
_PERCENT = re.compile(r"\s*%")
# Receipts and recognizers drop spaces, so a name may stand inside of a word: TOTALDISCOUNT.
_ADJUSTMENTS = re.compile(
    r"(?<!g)roun|rundung|bundung|bulatan|genapan"
    r"|disc(?!over|\w+able)|diskaun|potongan|rebat|rabatt|nachlass|skonto|abschl[aä]g|zuschl[aä]g"
    r"|(?:service|serv|svc|svr)\W*(?:charge|chg|chrg|fee)|perkhidmatan|bedienung|servicegeb|\btips?\b|gratuity|trinkgeld"
    r"|delivery|penghantaran|lieferung|lieferkosten|shipping|versand|porto\b|postage|freight|fracht"
    r"|deposit|pfand|kaution|voucher|coupon|baucar|gutschein",
    re.IGNORECASE,
)
_SUMS = re.compile(r"after|before|rounded", re.IGNORECASE)
"""Lines that name an adjustment to tell a sum with or without it."""


def reconcile(record: Record, text: DocumentText) -> Reconciliation:
    adjustments = frozenset(_adjustments(text))
    return Reconciliation(
        items_to_subtotal=_items_agree(record, adjustments),
        subtotal_and_tax_to_total=_total_agrees(record, adjustments),
    )


def printed_amounts(text: DocumentText) -> frozenset[Decimal]:
    """Every number with two decimals on the document, without its sign."""
    return frozenset(_amount(match) for line in text.lines for match in _PRINTED.finditer(line))


def _adjustments(text: DocumentText) -> Iterator[Decimal]:
    """The amounts, without their signs, that the document says are added or taken away."""
    for page in text.pages:
        for line, following in zip_longest(page.lines, page.lines[1:]):
            name = _ADJUSTMENTS.search(line.text)
            if name is None or _SUMS.search(line.text):
                continue
            amount = _first_amount(line.text[name.end() :])
            if amount is None and following is not None and _beside(line.box, following.box):
                amount = _first_amount(following.text)
            if amount is not None:
                yield amount


def _first_amount(text: str) -> Decimal | None:
    return next((_amount(match) for match in _PRINTED.finditer(text) if not _PERCENT.match(text, match.end())), None)


def _beside(left: Box, right: Box) -> bool:
    """Whether `right` follows in the row of `left`."""
    return left.x0 < right.x0 and left.y0 < right.center_y < left.y1


def _amount(printed: re.Match[str]) -> Decimal:
    return Decimal(re.sub(r"\D", "", printed[0])).scaleb(-2)


def _items_agree(record: Record, adjustments: frozenset[Decimal]) -> bool | None:
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
    return any(_near(summed, goal, tolerance, adjustments) for goal in goals)


def _total_agrees(record: Record, adjustments: frozenset[Decimal]) -> bool | None:
    subtotal, tax, total = (amount_of(record.fields.get(name)) for name in ("subtotal", "tax", "total"))
    if subtotal is None or total is None:
        return None
    if tax is None:
        return True if subtotal == total else None
    tax_included = subtotal
    return any(_near(summed, total, 2 * _CENT, adjustments) for summed in (subtotal + tax, tax_included))


def _near(summed: Decimal, goal: Decimal, tolerance: Decimal, adjustments: frozenset[Decimal]) -> bool:
    difference = abs(summed - goal)
    return difference <= tolerance or difference in adjustments
