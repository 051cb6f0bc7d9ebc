"""A record without the values that nothing speaks for."""

from ocr_pipeline.documents.model import Field, Record, Support


def grounded(record: Record) -> Record:
    """The record with such values moved to `Record.unsupported`; a line item without its description goes whole.

    Engines do this themselves. Here it is made sure of, as no table may hold what no document says.
    """
    fields = {name: field for name, field in record.fields.items() if _stands(field)}
    refused = {name: field.value for name, field in record.fields.items() if name not in fields}
    items = []
    for number, item in enumerate(record.line_items):
        without = {name for name, cell in item if isinstance(cell, Field) and not _stands(cell)}
        refused |= {f"line_items[{number}].{name}": getattr(item, name).value for name in sorted(without)}
        if "description" not in without:
            items.append(item.model_copy(update=dict.fromkeys(without)))
    if not refused:
        return record
    return record.model_copy(
        update={"fields": fields, "line_items": tuple(items), "unsupported": {**record.unsupported, **refused}}
    )


def _stands(field: Field) -> bool:
    evidence = field.evidence
    stands_somewhere = evidence.page is not None or evidence.attachment or evidence.computation
    return field.support is not Support.UNSUPPORTED and bool(stands_somewhere)
