"""Receipts: what a till or a shop hands over at the moment of payment."""

from ocr_pipeline.kinds.kind import DocumentKind, FieldSpec, FieldType
from ocr_pipeline.kinds.sales import (
    CASH_AND_CHANGE_TO_TOTAL,
    CURRENCY,
    DOCUMENT_DATE,
    ROUNDING,
    SALE_RULES,
    SUBTOTAL,
    TAX,
    TOTAL,
    VENDOR_ADDRESS,
    VENDOR_NAME,
    VENDOR_TAX_ID,
)

RECEIPT = DocumentKind(
    name="receipt",
    fields=(
        VENDOR_NAME,
        VENDOR_ADDRESS,
        VENDOR_TAX_ID,
        DOCUMENT_DATE,
        FieldSpec("invoice_number", FieldType.CODE, "Number of the receipt or bill."),
        CURRENCY,
        SUBTOTAL,
        TAX,
        ROUNDING,
        TOTAL,
        FieldSpec(
            "cash",
            FieldType.AMOUNT,
            "What the customer handed over in cash.",
            labels=("Cash", "Tunai", "Gegeben", "Bar"),
        ),
        FieldSpec("change", FieldType.AMOUNT, "What the customer got back.", labels=("Change", "Baki", "Rückgeld")),
    ),
    signs=(
        "receipt",
        "cash",
        "cashier",
        "tax invoice",
        "goods sold are not",
        "total paid",
        "total sales",
        "rounding",
        "gst id",
        "dine in",
        "take away",
        "quittung",
        "kassenbon",
        "bar gegeben",
        "rückgeld",
        "merci de votre visite",
    ),
    has_line_items=True,
    rules=(*SALE_RULES, CASH_AND_CHANGE_TO_TOTAL),
    prompt_notes=(
        "The issuer's name stands at the top; a brand line may stand above the legal name, which is the one wanted. "
        "Dates are those of the sale. Where a total was rounded, the total is the rounded one."
    ),
)
