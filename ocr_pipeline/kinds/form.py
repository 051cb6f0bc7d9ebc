"""Anything else: forms, letters, certificates. What can be said of them all is who wrote them, and when."""

from ocr_pipeline.kinds.kind import DocumentKind, FieldSpec, FieldType
from ocr_pipeline.kinds.rules import SomethingFound
from ocr_pipeline.kinds.sales import CURRENCY, DOCUMENT_DATE, TOTAL, VENDOR_ADDRESS, VENDOR_NAME

FORM = DocumentKind(
    name="form",
    fields=(
        VENDOR_NAME,
        VENDOR_ADDRESS,
        DOCUMENT_DATE,
        FieldSpec("invoice_number", FieldType.CODE, "Number of the document, by which its issuer refers to it."),
        CURRENCY,
        TOTAL,
    ),
    rules=(SomethingFound(),),
    prompt_notes="Many fields may be absent. Give what is printed, and null for all else.",
)
