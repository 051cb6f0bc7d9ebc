"""Fields and rules that all documents of a sale have in common."""

from ocr_pipeline.kinds.checksums import Checksum, tax_id_holds
from ocr_pipeline.kinds.kind import FieldSpec, FieldType
from ocr_pipeline.kinds.rules import Required, Rule
from ocr_pipeline.kinds.sums import Sum, TaxRate

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

ITEMS_TO_SUBTOTAL = Sum(
    code="items_disagree",
    message="The amounts of the items do not add up to the subtotal or total.",
    ways=("line_items = subtotal", "line_items = total", "line_items + tax = total"),
)
SUBTOTAL_AND_TAX_TO_TOTAL = Sum(
    code="sums_disagree",
    message="Subtotal and tax do not add up to the total.",
    # Without the tax, where prices include it.
    ways=(
        "subtotal + tax = total",
        "subtotal = total",
        "subtotal + tax + rounding = total",
        "subtotal + rounding = total",
    ),
    needs=("subtotal", "tax"),
    field="total",
)
CASH_AND_CHANGE_TO_TOTAL = Sum(
    code="cash_disagrees",
    message="What was paid less what was given back is not the total.",
    # Tills print the one or the other with a minus.
    ways=("cash - change = total", "cash + change = total", "-cash - change = total", "cash = total"),
    needs=("cash", "change"),
    field="total",
)
SALE_RULES: tuple[Rule, ...] = (
    Required(("total", "document_date")),
    ITEMS_TO_SUBTOTAL,
    SUBTOTAL_AND_TAX_TO_TOTAL,
    TaxRate(),
    Checksum("vendor_tax_id", tax_id_holds),
)
