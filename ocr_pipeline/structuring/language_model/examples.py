"""Two documents of our own invention with their right answers: what a model is shown before it is asked."""

import json
from dataclasses import dataclass, field

from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.structuring.language_model.schema import LINE_ITEMS

Cited = tuple[list[int], str]
"""Numbers of lines, and the value that they show."""


@dataclass(frozen=True)
class Example:
    """`document` is written as `numbered` writes one."""

    document: str
    fields: dict[str, Cited]
    items: tuple[dict[str, object], ...] = field(default=())

    def answer(self, kind: DocumentKind) -> str:
        """What the model should answer for a document of this kind; fields that the example lacks are null."""
        answer: dict[str, object] = {}
        for spec in kind.fields:
            lines, value = self.fields.get(spec.name, ([], None))
            answer[spec.name] = None if value is None else {"lines": lines, "value": value}
        if kind.has_line_items:
            answer[LINE_ITEMS] = list(self.items)
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


EXAMPLES = (
    Example(
        document="""(Page 1)
1| QUILL & COPPER
2| QUILL COPPER SUPPLIES SDN. BHD. (555001-K)
3| 14 JALAN KENANGA 2, 47000 SUNGAI BULOH
4| TEL: 03-555 0142
5| GST NO: 000555001122
6| RECEIPT NO: 77-0031   7| DATE: 07/02/2019 18:05
8| 2 X 3.40 COPPER WIRE   9| 6.80
10| GLUE STICK   11| 2.15
12| SUB TOTAL   13| 8.95
14| GST 6%   15| 0.54
16| ROUNDING   17| 0.01
18| TOTAL RM   19| 9.50
20| CASH   21| 10.00
22| CHANGE   23| 0.50""",
        fields={
            "vendor_name": ([2], "QUILL COPPER SUPPLIES SDN. BHD."),
            "vendor_address": ([3], "14 JALAN KENANGA 2, 47000 SUNGAI BULOH"),
            "vendor_tax_id": ([5], "000555001122"),
            "document_date": ([7], "2019-02-07"),
            "invoice_number": ([6], "77-0031"),
            "currency": ([18], "MYR"),
            "subtotal": ([13], "8.95"),
            "tax": ([15], "0.54"),
            "rounding": ([17], "0.01"),
            "total": ([19], "9.50"),
            "cash": ([21], "10.00"),
            "change": ([23], "0.50"),
        },
        items=(
            {"lines": [8, 9], "description": "COPPER WIRE", "quantity": "2", "unit_price": "3.40", "amount": "6.80"},
            {"lines": [10, 11], "description": "GLUE STICK", "quantity": None, "unit_price": None, "amount": "2.15"},
        ),
    ),
    Example(
        document="""(Page 1)
1| Nordlicht Lampen OHG
2| An: Tischlerei Probst, Ulmenallee 3, 99000 Musterfeld
3| Rechnung Nr. NL-88/21   4| 30. Juni 2021
5| Bitte zahlen Sie bis zum 14.07.2021.
6| Gesamtbetrag   7| 1.249,00 EUR""",
        fields={
            "vendor_name": ([1], "Nordlicht Lampen OHG"),
            "document_date": ([4], "2021-06-30"),
            "invoice_number": ([3], "NL-88/21"),
            "due_date": ([5], "2021-07-14"),
            "currency": ([7], "EUR"),
            "total": ([7], "1249.00"),
        },
    ),
)
