"""What the words beside an amount, a date or a number say about it, in English, German and neighbouring languages.

Labels are compared squashed (upper case, only letters, digits and ``%``), because receipts and recognizers drop
spaces and colons at will: ``Total Sales (Incl. GST):`` is ``TOTALSALESINCLGST``.
"""

import re
from enum import StrEnum


class Role(StrEnum):
    """What an amount is."""

    TOTAL = "total"
    SUBTOTAL = "subtotal"
    TAX = "tax"
    ROUNDING = "rounding"
    DISCOUNT = "discount"
    PAYMENT = "payment"
    CHANGE = "change"
    OTHER = "other"
    """Labelled, but none of these: a count, points, savings."""


_TAX = "(?:GST|VAT|SST|TAX|CUKAI|MWST|MEHRWERTSTEUER|UMSATZSTEUER|UST|STEUER|TVA|BTW|IVA)"
_TOTAL = "(?:T[O0]T[AE1][L1I]|T[O0]TAAL|TO1AL|TORAL|TOTA(?:$|RM)|TTL)"
"""``TOTAL`` as recognizers read it."""


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


# The first that matches decides, so what is more special stands before what is less.
_ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = (
    (
        Role.OTHER,
        _any(
            *("QTY", "QUANTITY", f"{_TOTAL}ITEM", "ITEMS?SOLD", "ITEMCOUNT", "NOOFITEM", "POINT", "SAV(?:ED|ING)"),
            *("SUPPLIES", "MEMBER", "TAXABLE", "FREIGHT", "SHIPPING", "VERSANDKOSTEN", "DEPOSIT", "SCHEDULE"),
        ),
    ),
    (
        Role.ROUNDING,
        _any(rf"^(?!.*(?:AFTER|INCL).*ROUND)(?!.*ROUND(?:ED|ING)?{_TOTAL})(?!.*{_TOTAL}.*ROUND).*ROUN", "BUNDUNG"),
    ),
    (Role.CHANGE, _any("CHANGE", "BALANCE(?!DUE)", "BAKI", "RUECKGELD", "RÜCKGELD", "CHNG", "KEMBALI")),
    (
        Role.DISCOUNT,
        _any(
            *("DISC", "DISKAUN", "VOUCHER", "REBATE", "RABATT", "NACHLASS", "ABSCHLAG", "ABSCHLÄGE", "ZUSCHLÄGE"),
            *("SKONTO", "COUPON"),
        ),
    ),
    (
        Role.TAX,
        _any(
            rf"{_TOTAL}{_TAX}(?!INC|EXC|\d*%?INC)",
            f"^(?:SR|ZR|{_TAX})+(?:{_TOTAL}|PAYABLE|AMOUNT|AMT|GESAMT|BETRAG)",
            f"(?:SUMME|GESAMT){_TAX}",
            f"{_TAX}(?:GESAMT|SUMME|BETRAG)",
        ),
    ),
    (
        Role.SUBTOTAL,
        _any(
            *("SUBT[O0][T1]A[L1]", "SUBTTL", "^STTL", "ZWISCHENSUMME", "NETTO(?!TAL)", "TOTALHT", "WARENWERT"),
            *("POSITIONSSUMME", "SOUSTOTAL", "SUBTOTAAL", "EXCL", f"(?:{_TOTAL}|AMOUNT).*EXC", "OHNEUST"),
            *("BEFORE(?:GST|TAX|VAT)", "WITHOUT(?:GST|TAX)", "LINETOTAL", "UNTAXED", "TOTALSALES$", "SALESTOTAL"),
        ),
    ),
    (Role.TOTAL, _any("AM(?:OUN)?TPAIDINC", "TOBEPAID", "AM(?:OUN)?TINC")),
    (
        Role.PAYMENT,
        _any(
            *("CASH(?!ROUND)", "^PAY$", "ACCEPTED", "TUNAI", "TENDER", "VISA", "MASTER", "CREDIT", "DEBIT"),
            *(f"PAID(?!{_TOTAL})", "PAYMENT(?!DUE)", "RECEIVED", "BEZAHLT", "GEGEBEN", "ANZAHLUNG", "OFFEN"),
            *("ZAHLBETRAG", "PAYTYPE", "AMEX"),
        ),
    ),
    (
        Role.TOTAL,
        _any(
            *(_TOTAL, "JUMLAH", "(?:AMOUNT|AMT|BALANCE|NET)DUE", "(?:AMOUNT|AMT)PAYABLE", "^DUE", "^TO?T$"),
            *("(?:NETT?|GROSS)AM(?:OUN)?T", "^NETT?(?:RM)?$", "BILLAMOUNT", "GESAMT", "SUMME", "BRUTTO"),
            *("RECHNUNGSBE[IT]+RAG", "ENDBETRAG", "SOMMEÀPAYER", "MONTANTTTC", "NETÀPAYER"),
        ),
    ),
)
_TAX_WORD = re.compile(rf"(?<![^\W\d_]){_TAX}(?![^\W\d_])|STEUER")
_FINAL_TOTAL = _any(
    *("GRAND", "GROSS", "TOBEPAID", f"NETT?{_TOTAL}", f"{_TOTAL}(?:NETT?|AM|RM|SALES)", "PAYABLE", "DUE", "ROUND"),
    *("INCL", "INCGST", "FINAL", "BILL", "AFTER", "WITHGST", "NETT?AMOUNT", "GESAMTBETRAG", "GESAMTSUMME", "BRUTTO"),
    *("RECHNUNGSBE[IT]+RAG", "ENDBETRAG", "TTC", "SOMMEÀPAYER"),
)
_TAX_TABLE = _any(
    f"{_TAX}(?:SUMMARY|ANALYSIS|SUMARY|SUMM|INFO|RATE|CODE|DETAILS?|BREAKDOWN)",
    *("SUMMARY", "AUFSCHLÜSSELUNG"),
    rf"AM(?:OUN)?T(?:RM)?{_TAX}(?:RM)?$",
)


def squash(text: str) -> str:
    """`text` in upper case with only its letters, digits and per cent signs."""
    return re.sub(r"[^\w%]|_", "", text.upper())


def role_of(label: str) -> Role | None:
    """What an amount with this label is; None where the label does not say."""
    squashed = squash(label)
    role = next((role for role, pattern in _ROLES if pattern.search(squashed)), None)
    # Short words like UST and VAT stand in many others once the spaces are gone.
    return Role.TAX if role is None and _TAX_WORD.search(label.upper()) else role


def is_final_total(label: str) -> bool:
    """Whether the label of a total says that nothing comes after it (``Grand Total``, ``Total incl. GST``)."""
    return bool(_FINAL_TOTAL.search(squash(label)))


def opens_tax_table(text: str) -> bool:
    """Whether this row is the heading of a table of tax rates, whose totals are not the document's."""
    return bool(_TAX_TABLE.search(squash(text)))
