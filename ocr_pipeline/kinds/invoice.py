"""Invoices and credit notes: a demand for payment, or its taking back."""

from ocr_pipeline.kinds.checksums import Checksum, iban_holds
from ocr_pipeline.kinds.kind import DocumentKind, FieldSpec, FieldType
from ocr_pipeline.kinds.rules import NotBefore
from ocr_pipeline.kinds.sales import (
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

INVOICE = DocumentKind(
    name="invoice",
    fields=(
        VENDOR_NAME,
        VENDOR_ADDRESS,
        VENDOR_TAX_ID,
        FieldSpec(
            "iban",
            FieldType.CODE,
            "International bank account number to which the issuer wants to be paid.",
            labels=("IBAN",),
        ),
        FieldSpec("invoice_number", FieldType.CODE, "Number of the invoice or credit note."),
        DOCUMENT_DATE,
        FieldSpec(
            "due_date",
            FieldType.DATE,
            "Day until which the invoice is to be paid.",
            labels=("Due Date", "Payment Due", "Pay by", "Fällig am", "Fälligkeit", "Zahlbar bis"),
        ),
        CURRENCY,
        SUBTOTAL,
        TAX,
        ROUNDING,
        TOTAL,
    ),
    signs=(
        "invoice",
        "bill to",
        "billing",
        "sold to",
        "ship to",
        "due date",
        "payment terms",
        "contract",
        "agency",
        "rechnung",
        "rechnungsnummer",
        "gutschrift",
        "zahlbar",
        "iban",
        "facture",
        "factuur",
        "remit",
    ),
    has_line_items=True,
    rules=(*SALE_RULES, NotBefore("due_date", "document_date"), Checksum("iban", iban_holds)),
    prompt_notes=(
        "The issuer is the one to be paid, not the one billed. A gross amount with agency commission taken off below "
        "it is still the total of the invoice."
    ),
)
