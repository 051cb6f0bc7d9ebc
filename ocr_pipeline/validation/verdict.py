"""The verdict: does a record go through as it is, or should a person look at it, and why.

A document that deals with money (an invoice, a receipt) must have a total and a date. A letter need not have a total:
for any other document it is enough that something was found. A document is as sure as the weakest of its key fields
(total, date and vendor where money is dealt with, else whatever of date and vendor was found); a key field that is
missing counts as 0, except the vendor, which many a receipt does not name; sums that disagree halve what is left.
"""

import re

from ocr_pipeline.documents.model import DocumentText, Reconciliation, Record, ReviewReason, State, Verdict
from ocr_pipeline.validation.plausible import currencies, plausible_amount, plausible_date
from ocr_pipeline.validation.reconcile import printed_amounts, reconcile
from ocr_pipeline.validation.values import amount_of, date_of

_SALE = re.compile(
    r"invoice|receipt|\brechnung|quittung|kassenbon|facture|factuur|\btotal\b|amount due|\bcash\b|gesamtbetrag|\btax\b"
    r"|\bmwst\b|\bgst\b|\bvat\b",
    re.IGNORECASE,
)
_MONEY_FIELDS = {"total", "subtotal", "tax", "invoice_number"}
_NAMES = {
    "vendor_name": "name of the vendor",
    "vendor_address": "address of the vendor",
    "document_date": "date",
    "invoice_number": "invoice number",
    "currency": "currency",
    "subtotal": "subtotal",
    "tax": "tax",
    "total": "total",
}


def validate(record: Record, text: DocumentText, review_confidence: float) -> Verdict:
    """`review_confidence` (0 to 1) is the confidence below which a field should be looked at."""
    reconciliation = reconcile(record, text)
    reasons = _reasons(record, text, review_confidence, reconciliation)
    return Verdict(
        state=State.NEEDS_REVIEW if reasons else State.ACCEPTED,
        confidence=_confidence(record, deals_with_money(record, text), reconciliation),
        record=record,
        reconciliation=reconciliation,
        reasons=tuple(reasons),
    )


def deals_with_money(record: Record, text: DocumentText) -> bool:
    """Whether a document looks like an invoice or receipt: by its fields, or by its words and at least one amount."""
    if record.line_items or _MONEY_FIELDS & record.fields.keys():
        return True
    return bool(printed_amounts(text)) and any(_SALE.search(line) for line in text.lines)


def _reasons(
    record: Record, text: DocumentText, review_confidence: float, reconciliation: Reconciliation
) -> list[ReviewReason]:
    if not text.words:
        return [ReviewReason(code="no_text", message="No text was found; is the page blank or upside down?")]
    reasons = [*_missing(record, text), *_implausible(record), *_unsure(record, review_confidence)]
    if reconciliation.items_to_subtotal is False:
        reasons.append(
            ReviewReason(
                code="items_disagree", message="The amounts of the items do not add up to the subtotal or total."
            )
        )
    if reconciliation.subtotal_and_tax_to_total is False:
        reasons.append(
            ReviewReason(code="sums_disagree", message="Subtotal and tax do not add up to the total.", field="total")
        )
    return reasons


def _missing(record: Record, text: DocumentText) -> list[ReviewReason]:
    if not deals_with_money(record, text):
        if record.fields:
            return []
        return [ReviewReason(code="nothing_found", message="There is text, but no field could be read from it.")]
    reasons = []
    if "total" not in record.fields:
        reasons.append(ReviewReason(code="missing_total", message="No total was found.", field="total"))
    if "document_date" not in record.fields:
        reasons.append(ReviewReason(code="missing_date", message="No date was found.", field="document_date"))
    return reasons


def _implausible(record: Record) -> list[ReviewReason]:
    """Values that the tables would not take."""
    reasons = []
    for name, field in record.fields.items():
        if name == "document_date":
            day = date_of(field)
            right = day is not None and plausible_date(day)
        elif name in {"subtotal", "tax", "total"}:
            amount = amount_of(field)
            right = amount is not None and plausible_amount(amount)
        elif name == "currency":
            right = field.value in currencies()
        else:
            right = bool(field.value.strip())
        if not right:
            message = f"The {_NAMES[name]} reads {field.value!r}, which cannot be right."
            reasons.append(ReviewReason(code="implausible", message=message, field=name))
    return reasons


def _unsure(record: Record, review_confidence: float) -> list[ReviewReason]:
    return [
        ReviewReason(
            code="low_confidence",
            message=f"The {_NAMES[name]} {field.value!r} is uncertain ({field.confidence:.0%}).",
            field=name,
        )
        for name, field in record.fields.items()
        if field.confidence < review_confidence
    ]


def _confidence(record: Record, money: bool, reconciliation: Reconciliation) -> float:
    fields = record.fields
    known = [fields[name].confidence for name in ("vendor_name", "document_date", "total") if name in fields]
    if not known or (money and not {"document_date", "total"} <= fields.keys()):
        return 0.0
    disagree = False in {reconciliation.items_to_subtotal, reconciliation.subtotal_and_tax_to_total}
    return round(min(known) / (2 if disagree else 1), 4)
