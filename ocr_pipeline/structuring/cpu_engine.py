"""Fields by rules: labels, formats, places on the page and sums, with spaCy's entities as hints. No accelerator."""

from ocr_pipeline.documents.model import DocumentText, Field, Record
from ocr_pipeline.kinds.kind import DocumentKind
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
    at_once = 1

    def structure(self, text: DocumentText, kind: DocumentKind) -> Record:
        rows = rows_of(levelled(text))
        candidates = candidates_in(rows) if rows else []
        return on_original_pages(self._record(rows, candidates, self._cues(candidates), kind), text)

    def _cues(self, candidates: list[Candidate]) -> list[EntityCues]:
        """Entity cues of the candidates; those far down the page get none."""
        lines = [candidate.text for candidate in candidates[:_NAMED_CANDIDATES]]
        nothing = EntityCues(0.0, 0.0, 0.0)
        return [*(entity_cues(lines) if lines else []), *([nothing] * (len(candidates) - len(lines)))]

    def _record(
        self, rows: list[Row], candidates: list[Candidate], cues: list[EntityCues], kind: DocumentKind
    ) -> Record:
        currency = find_currency(rows)
        totals = find_totals(rows)
        vendor = find_vendor(candidates, cues, rows)
        found: dict[str, Field | None] = {
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
            kind=kind.name,
            fields={name: field for name, field in found.items() if field is not None},
            line_items=find_line_items(rows, totals.first_row),
        )
