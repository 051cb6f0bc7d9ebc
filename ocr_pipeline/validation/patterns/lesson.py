"""What one accepted document teaches of its vendor."""

from ocr_pipeline.documents.model import DocumentText, Field, Model, Record
from ocr_pipeline.validation.patterns.currency_signs import shared_sign
from ocr_pipeline.validation.patterns.date_order import DateOrder, certain_order
from ocr_pipeline.validation.patterns.keys import vendor_keys
from ocr_pipeline.validation.patterns.printed import label_of


class Lesson(Model):
    """What is None was not certain on this document, or not there."""

    keys: tuple[str, ...]
    """By which its vendor is known again; at least one."""
    date_order: DateOrder | None = None
    currency: str | None = None
    total_label: str | None = None
    vendor_name: str | None = None
    vendor_address: str | None = None


def lesson_of(read: Record, accepted: Record, text: DocumentText) -> Lesson | None:
    """`read` is the record as it was read, `accepted` what became of it; None where no vendor is named.

    Only values that were accepted as they were read teach, lest a habit that settled them confirms itself.
    """
    keys = vendor_keys(accepted)
    if not keys:
        return None
    fields = {
        name: field
        for name, field in accepted.fields.items()
        if name in read.fields and read.fields[name].value == field.value
    }
    currency, total = fields.get("currency"), fields.get("total")
    return Lesson(
        keys=keys,
        date_order=certain_order(text),
        currency=currency.value if currency and not shared_sign(currency) else None,
        total_label=label_of(text, total.evidence) if total else None,
        vendor_name=_value(fields.get("vendor_name")),
        vendor_address=_value(fields.get("vendor_address")),
    )


def _value(field: Field | None) -> str | None:
    return None if field is None else field.value
