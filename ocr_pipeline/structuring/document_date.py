"""What speaks for a date being the document's own, and how its digits are to be read."""

import re

from ocr_pipeline.kinds.languages import NOT_TOLD, Language
from ocr_pipeline.structuring.dates import FoundDate, day_first_evidence
from ocr_pipeline.structuring.labels import squash
from ocr_pipeline.structuring.layout import Row

_OWN = re.compile(
    r"(?:INVOICE|INV|BILL|RECEIPT|DOCUMENT|DOC|ISSUE|TRANSACTION|TRANS|RECHNUNGS?|BELEG|FACTUUR|FACTURE?|BIZ)D[AE]TE?"
    r"|DATEOFINVOICE|RECHNUNGSDATUM|BELEGDATUM|FACTUURDATUM"
    r"|(?:RECHNUNG|INVOICE|FACTURE|FACTUUR|AVOIR).*(?:VOM|VON|DU|DATED)$"
)
_ANY = re.compile(r"D[A4][TI]E|DATUM|^LATE|TARIKH|VOM$")
_FOREIGN = re.compile(
    r"DUE|EXPIR|VALID|DELIVER|ORDERDATE|SHIP|BIRTH|UNTIL|BEFORE|FÄLLIG|LIEFER|LEISTUNG|ZAHLBAR|BESTELL|AUFTRAG"
    r"|BIS(?:ZUM)?$|VERVAL|LIMITE|SKONTO|ZEITRAUM|PERIOD|FROM$|SINCE|COPYRIGHT|PRÉLÈVEMENT|ORDERDATUM|VERSION|ABZUG"
    r"|TAGEN|(?:TEL|PHONE|FAX)$"
)
_AMERICAN = re.compile(
    r"(?<!\w)(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT"
    r"|V[AT]|W[AIVY])\.?,?\s+\d{5}(?:-\d{4})?(?!\d)|United States|\bUSA\b"
)
"""A state and its postcode, or the country."""
_DAY_FIRST = re.compile(
    r"\b(?:BHD|JALAN|JLN|MALAYSIA|SINGAPORE|GMBH|\w+STRA(?:SS|ß)E|DEUTSCHLAND|FRANCE|NEDERLAND|UNITED KINGDOM)\b",
    re.IGNORECASE,
)
"""Countries that write the day first, by their names, legal forms and streets."""
_EITHER_ORDER = ("USD", "CAD")
"""Currencies of countries that write either, and ``$`` of which is read as the first."""


def is_day_first(rows: list[Row], currency: str | None, language: Language = NOT_TOLD) -> bool:
    """How to read 03/04/2018 here: as dates that have one reading, else as the sender's language tells, else month
    first only on American documents.
    """
    evidence = day_first_evidence(rows)
    if evidence:
        return evidence > 0
    if language.day_first is not None:
        return language.day_first
    return not (_is_american(rows) and currency in {"USD", None})


def tells_order(rows: list[Row], currency: str | None, language: Language = NOT_TOLD) -> bool:
    """Whether anything says how to read 03/04/2018: the sender, another date, the document's currency or country."""
    if language.day_first is not None or day_first_evidence(rows):
        return True
    if currency not in {None, *_EITHER_ORDER} or _is_american(rows):
        return True
    return any(_DAY_FIRST.search(row.text) for row in rows)


def _is_american(rows: list[Row]) -> bool:
    return any(_AMERICAN.search(row.text) for row in rows)


def label_score(item: FoundDate, rows: list[Row]) -> float:
    """2 where the label says it is the document's own date, 1 for any date, -1 for that of something else."""
    before = item.row.text[: item.start]
    score = _score(before)
    if item.value.year < 2000 and str(item.value.year) not in item.run.text:
        score -= 1  # two digits that would lie in the future as a year of this century: hardly a date at all
    if score or item.row.index == 0:
        return score
    above = rows[item.row.index - 1]
    if above.page != item.row.page:
        return 0.0
    box = item.run.box
    return max(
        (_score(cell.text) for cell in above.cells if cell.box.x0 < box.x1 and box.x0 < cell.box.x1), default=0.0
    )


def _score(label: str) -> float:
    # The nearest words count: "Invoice Date: ... Due Date:" labels what follows as due.
    squashed = squash(label)[-45:]
    foreign = max((match.end() for match in _FOREIGN.finditer(squashed)), default=-1)
    own = max((match.end() for match in _OWN.finditer(squashed)), default=-1)
    plain = max((match.end() for match in _ANY.finditer(squashed)), default=-1)
    if foreign >= 0 and foreign >= own - 5:
        return -1.0
    if own >= 0:
        return 2.0
    return 1.0 if plain >= 0 else 0.0
