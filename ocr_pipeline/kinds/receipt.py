"""Receipts: what a till or a shop hands over at the moment of payment."""

from ocr_pipeline.kinds.kind import DocumentKind, FieldSpec, FieldType
from ocr_pipeline.kinds.sales import (
    CURRENCY,
    DOCUMENT_DATE,
    ROUNDING,
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
        "change",
        "cashier",
        "thank you",
        "tax invoice",
        "goods sold are not",
        "quittung",
        "kassenbon",
        "bar gegeben",
        "rückgeld",
        "ticket",
    ),
    has_line_items=True,
    prompt_notes=(
        "The issuer's name stands at the top; a brand line may stand above the legal name, which is the one wanted. "
        "Dates are those of the sale. Where a total was rounded, the total is the rounded one."
    ),
)
