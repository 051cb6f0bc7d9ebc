"""Documents with every page level, and records made from them brought back to the pages as they came."""

from ocr_pipeline.documents.geometry import from_level, level
from ocr_pipeline.documents.model import DocumentText, Evidence, Field, LineItem, Page, Record


def levelled(document: DocumentText) -> DocumentText:
    return document.model_copy(update={"pages": tuple(level(page) for page in document.pages)})


def on_original_pages(record: Record, document: DocumentText) -> Record:
    """`record` was made from ``levelled(document)``; its evidence comes back in pixels of the original pages."""
    turned = {page.number: page for page in document.pages if page.angle}
    if not turned:
        return record
    fields = {name: _restored(field, turned) for name, field in record.fields.items()}
    items = tuple(_restored_item(item, turned) for item in record.line_items)
    return record.model_copy(update={"fields": fields, "line_items": items})


def _restored_item(item: LineItem, turned: dict[int, Page]) -> LineItem:
    parts = {name: value for name in LineItem.model_fields if (value := getattr(item, name)) is not None}
    return item.model_copy(update={name: _restored(value, turned) for name, value in parts.items()})


def _restored(field: Field, turned: dict[int, Page]) -> Field:
    alternatives = tuple(
        reading.model_copy(update={"evidence": _restored_evidence(reading.evidence, turned)})
        for reading in field.alternatives
    )
    evidence = _restored_evidence(field.evidence, turned)
    return field.model_copy(update={"evidence": evidence, "alternatives": alternatives})


def _restored_evidence(evidence: Evidence, turned: dict[int, Page]) -> Evidence:
    page = turned.get(evidence.page) if evidence.page is not None else None
    if page is None or evidence.box is None:
        return evidence
    return evidence.model_copy(update={"box": from_level(evidence.box, page)})
