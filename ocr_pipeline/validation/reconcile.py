"""Whether the sums of a document agree with each other, whatever its kind: the summary that users see."""

from ocr_pipeline.documents.model import DocumentText, Reconciliation, Record
from ocr_pipeline.kinds.sales import CASH_AND_CHANGE_TO_TOTAL, ITEMS_TO_SUBTOTAL, SUBTOTAL_AND_TAX_TO_TOTAL


def reconcile(record: Record, text: DocumentText) -> Reconciliation:
    return Reconciliation(
        items_to_subtotal=ITEMS_TO_SUBTOTAL.agrees(record, text),
        subtotal_and_tax_to_total=SUBTOTAL_AND_TAX_TO_TOTAL.agrees(record, text),
        cash_and_change_to_total=CASH_AND_CHANGE_TO_TOTAL.agrees(record, text),
    )
