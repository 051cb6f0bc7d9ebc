"""The record of a document that carries its invoice as XML.

The XML is what the issuer's program wrote, so its values are taken as they are; the pages are what a person would
have paid by. Where both differ in what was agreed on, a person must look: that is how such invoices are forged.
"""

from ocr_pipeline.documents.model import DocumentText, Field, Record
from ocr_pipeline.kinds.kind import DocumentKind, FieldType
from ocr_pipeline.structuring.embedded import VERSION
from ocr_pipeline.structuring.embedded.agreement import PrintedWords, Standing, standing
from ocr_pipeline.structuring.embedded.evidence import field_of
from ocr_pipeline.structuring.embedded.items import line_items
from ocr_pipeline.structuring.embedded.read import read_invoice
from ocr_pipeline.structuring.grounding.locate import WordIndex

_TO_BE_SHOWN = {"total", "document_date", "invoice_number", "iban"}
"""Nobody should pay by XML what no page tells: as doubtful as if the page disputed it. A name may be in a logo."""


def record_of(text: DocumentText, kind: DocumentKind, seen: Record) -> Record:
    """`seen` with what the embedded invoice says in place of what an engine read from the pages.

    A value that the pages do not have stands in `Record.disputed` with theirs, at a confidence that sends it to
    review. What the XML lacks comes from `seen`; so does everything where there is no XML, or none that can be read.
    """
    embedded = text.embedded_invoice
    invoice = read_invoice(embedded.xml) if embedded else None
    if embedded is None or invoice is None:
        return seen
    index, words = WordIndex(text), PrintedWords(text)
    fields: dict[str, Field] = {}
    disputed: dict[str, str] = {}
    for spec in kind.fields:
        value = invoice.fields.get(spec.name)
        if value is None:
            continue
        on_page = seen.fields.get(spec.name)
        located = index.locate(value.value, spec.type)
        is_spread = spec.type in {FieldType.TEXT, FieldType.ADDRESS} and words.has_all(value.value)
        stands = standing(value.value, spec.type, on_page, is_printed=located is not None or is_spread)
        if stands is Standing.DISPUTED and on_page is not None:
            disputed[spec.name] = on_page.value
        elif stands is Standing.ABSENT and spec.name in _TO_BE_SHOWN:
            stands = Standing.DISPUTED
        fields[spec.name] = field_of(value, spec.type, embedded.file, stands, seen=on_page, located=located)
    has_items = bool(invoice.items) and kind.has_line_items
    return seen.model_copy(
        update={
            "engine": f"{seen.engine}+xml-{VERSION}",
            "fields": {**seen.fields, **fields},
            "line_items": line_items(invoice.items, embedded.file, seen.line_items, text, index)
            if has_items
            else seen.line_items,
            "disputed": {name: said for name, said in seen.disputed.items() if name not in fields} | disputed,
            "unsupported": {
                name: said
                for name, said in seen.unsupported.items()
                if name not in fields and not (has_items and name.startswith("line_items["))
            },
        }
    )
