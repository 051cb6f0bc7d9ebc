"""Fields that all documents of a sale have in common."""

from ocr_pipeline.kinds.kind import FieldSpec, FieldType

VENDOR_NAME = FieldSpec(
    "vendor_name",
    FieldType.TEXT,
    "Name of the company or person that issued the document, as printed, with its legal form where one is printed.",
)
VENDOR_ADDRESS = FieldSpec(
    "vendor_address",
    FieldType.ADDRESS,
    "Postal address of the issuer in one line, without telephone, mail and tax numbers.",
)
VENDOR_TAX_ID = FieldSpec(
    "vendor_tax_id",
    FieldType.CODE,
    "Tax number of the issuer: VAT id, GST or SST registration number.",
    labels=("GST ID", "GST No", "GST Reg No", "SST ID", "SST No", "VAT No", "VAT ID", "VAT Reg No", "USt-IdNr", "UID"),
)
DOCUMENT_DATE = FieldSpec(
    "document_date", FieldType.DATE, "Day on which the document was issued; not the due, delivery or print date."
)
CURRENCY = FieldSpec("currency", FieldType.CURRENCY, "Currency of the amounts.")
SUBTOTAL = FieldSpec("subtotal", FieldType.AMOUNT, "Sum of the items before tax and rounding.")
TAX = FieldSpec("tax", FieldType.AMOUNT, "Sum of all taxes.")
ROUNDING = FieldSpec(
    "rounding",
    FieldType.AMOUNT,
    "What was added, or taken away (negative), to round the total to a payable amount.",
    labels=("Rounding", "Rounding Adj", "Rounding Adjustment", "Rundung"),
)
TOTAL = FieldSpec(
    "total", FieldType.AMOUNT, "Final amount of the document, tax and rounding included; not what was handed over."
)
