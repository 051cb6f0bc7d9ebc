"""Fields by rules: labels, formats, places on the page and sums, with spaCy's entities as hints. No accelerator."""

from collections.abc import Sequence

from ocr_pipeline.documents.model import DocumentText, Field, FieldName, Record
from ocr_pipeline.structuring.address import find_address
from ocr_pipeline.structuring.currency import find_currency
from ocr_pipeline.structuring.document_date import find_date, is_day_first
from ocr_pipeline.structuring.engine import VERSIONS
from ocr_pipeline.structuring.entities import EntityCues, entity_cues
from ocr_pipeline.structuring.invoice_number import find_invoice_number
from ocr_pipeline.structuring.layout import Row, rows_of
from ocr_pipeline.structuring.level_pages import levelled, on_original_pages
from ocr_pipeline.structuring.line_items import find_line_items
from ocr_pipeline.structuring.totals import find_totals
from ocr_pipeline.structuring.vendor import Candidate, candidates_in, find_vendor

_NAMED_CANDIDATES = 16
"""Lines of each document that spaCy looks at; names stand at the top."""


class CpuEngine:
    name = "cpu"
    version = VERSIONS["cpu"]

    def structure(self, documents: Sequence[DocumentText]) -> list[Record]:
        pages = [rows_of(levelled(document)) for document in documents]
        candidates = [candidates_in(rows) if rows else [] for rows in pages]
        cues = self._cues(candidates)
        records = [self._record(rows, found, cue) for rows, found, cue in zip(pages, candidates, cues, strict=True)]
        return [on_original_pages(record, document) for record, document in zip(records, documents, strict=True)]

    def _cues(self, candidates: list[list[Candidate]]) -> list[list[EntityCues]]:
        """Entity cues for all documents in one go; candidates far down the page get none."""
        lines = [candidate.text for found in candidates for candidate in found[:_NAMED_CANDIDATES]]
        all_cues = iter(entity_cues(lines) if lines else [])
        nothing = EntityCues(0.0, 0.0, 0.0)
        return [
            [next(all_cues) if number < _NAMED_CANDIDATES else nothing for number in range(len(found))]
            for found in candidates
        ]

    def _record(self, rows: list[Row], candidates: list[Candidate], cues: list[EntityCues]) -> Record:
        currency = find_currency(rows)
        totals = find_totals(rows)
        vendor = find_vendor(candidates, cues, rows)
        found: dict[FieldName, Field | None] = {
            "vendor_name": vendor.name if vendor else None,
            "vendor_address": find_address(vendor, rows) if vendor else None,
            "document_date": find_date(rows, is_day_first(rows, currency.value if currency else None)),
            "invoice_number": find_invoice_number(rows),
            "currency": currency,
            "subtotal": totals.subtotal,
            "tax": totals.tax,
            "total": totals.total,
        }
        return Record(
            engine=f"{self.name}-{self.version}",
            fields={name: field for name, field in found.items() if field is not None},
            line_items=find_line_items(rows, totals.first_row),
        )
