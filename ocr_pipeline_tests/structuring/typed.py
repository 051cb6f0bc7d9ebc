"""Documents as one would type them: every character has its place, two spaces or more part two lines."""

import re
from textwrap import dedent

from ocr_pipeline.documents.model import Box, DocumentText, Line, Page, Word
from ocr_pipeline.structuring.layout import Row, rows_of

CHARACTER, HEIGHT, PITCH = 10, 14, 24
"""Width and height of a character and distance of rows, in pixels."""


def typed(*pages: str, slope: float = 0.0, confidence: float = 1.0) -> DocumentText:
    """`slope` is how many pixels the text runs down for every pixel to the right."""
    return DocumentText(
        pages=tuple(_page(number, dedent(text), slope, confidence) for number, text in enumerate(pages, 1))
    )


def typed_rows(*pages: str) -> list[Row]:
    return rows_of(typed(*pages))


def _page(number: int, text: str, slope: float, confidence: float) -> Page:
    lines = []
    for row, printed in enumerate(text.strip("\n").split("\n")):
        for cell in re.finditer(r"\S+(?: \S+)*", printed):
            words = []
            for match in re.finditer(r"\S+", cell[0]):
                x = (cell.start() + match.start()) * CHARACTER
                y = row * PITCH + slope * x
                box = Box(x, y, x + len(match[0]) * CHARACTER, y + HEIGHT)
                words.append(Word(text=match[0], box=box, confidence=confidence))
            lines.append(Line(words=tuple(words)))
    return Page(number=number, width=1000, height=1400, source="typed", lines=tuple(lines))


RECEIPT = """
          SUNNY CORNER TRADING SDN BHD
                 (123456-X)
            NO 12, JALAN MAWAR 3/4,
          TAMAN MAWAR, 43210 KAJANG,
                  SELANGOR
           TEL: 03-1234 5678
         GST REG NO : 000123456789
                TAX INVOICE
  Invoice No: CS00012345      Date: 05/04/2018
  Description           Qty   Price    Amount
  BLUE PEN               3     2.00      6.00
  NOTEBOOK A5            2     4.55      9.10
  Sub Total                             15.10
  GST 6%                                 0.91
  Rounding                              -0.01
  TOTAL                 RM              16.00
  CASH                                  20.00
  CHANGE                                 4.00
  GST Summary         Amount(RM)      Tax(RM)
  SR 6%                  15.10          0.91
        THANK YOU, PLEASE COME AGAIN
"""

RECHNUNG = """
Holzwerk Ahorn GmbH
Birkenweg 7
54321 Lindenau

Rechnungsempfänger
Erika Beispiel
Hauptstraße 1
12345 Neustadt

Rechnung
Rechnungsnummer:   HA-2021-0815
Rechnungsdatum:    09.03.2021
Lieferdatum:       01.03.2021
Fällig am:         23.03.2021

Pos   Bezeichnung            Menge   Einzelpreis   Betrag
1     Regal aus Eiche         2       1.120,50 €   2.241,00 €
2     Lieferung frei Haus     1          59,00 €      59,00 €

Nettobetrag                                        2.300,00 €
zzgl. 19 % MwSt.                                     437,00 €
Gesamtbetrag                                       2.737,00 €
"""

LETTER = """
                                   Palo Alto, June 3, 1905
My dear Mr. Harper,
I have your letter and thank you for it. The trees are
doing well and we hope to see you in the autumn.
                                   Yours very truly,
                                   Anna Whitfield
"""
