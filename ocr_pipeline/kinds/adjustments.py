"""What a document says was added to its sums or taken away: cash rounding, a discount, a service charge, a deposit.

These have no field of their own. The amount stands behind their name, or comes next in the same row; what was paid or
given back is none of them.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import zip_longest

from ocr_pipeline.documents.model import Box, DocumentText

_PRINTED = re.compile(r"\d[\d.,']*[.,]\d{2}(?!\d|[.,]\d)")
_PERCENT = re.compile(r"\s*%")
# Receipts and recognizers drop spaces, so a name may stand inside of a word: TOTALDISCOUNT.
_ADJUSTMENTS = re.compile(
    r"(?<!g)roun|rundung|bundung|bulatan|genapan"
    r"|disc(?!over|\w+able)|diskaun|potongan|rebat|rabatt|nachlass|skonto|abschl[aä]g|zuschl[aä]g"
    r"|(?:service|serv|svc|svr)\W*(?:charge|chg|chrg|fee)|perkhidmatan|bedienung|servicegeb|\btips?\b|gratuity|trinkgeld"
    r"|delivery|penghantaran|lieferung|lieferkosten|shipping|versand|porto\b|postage|freight|fracht"
    r"|deposit|pfand|kaution|voucher|coupon|baucar|gutschein",
    re.IGNORECASE,
)
_SUMS = re.compile(r"after|before|rounded", re.IGNORECASE)
"""Lines that name an adjustment to tell a sum with or without it."""


def printed_adjustments(text: DocumentText) -> Iterator[Decimal]:
    """The amounts, without their signs."""
    for page in text.pages:
        for line, following in zip_longest(page.lines, page.lines[1:]):
            name = _ADJUSTMENTS.search(line.text)
            if name is None or _SUMS.search(line.text):
                continue
            amount = _first_amount(line.text[name.end() :])
            if amount is None and following is not None and _beside(line.box, following.box):
                amount = _first_amount(following.text)
            if amount is not None:
                yield amount


def _first_amount(text: str) -> Decimal | None:
    return next((_amount(match) for match in _PRINTED.finditer(text) if not _PERCENT.match(text, match.end())), None)


def _beside(left: Box, right: Box) -> bool:
    """Whether `right` follows in the row of `left`."""
    return left.x0 < right.x0 and left.y0 < right.center_y < left.y1


def _amount(printed: re.Match[str]) -> Decimal:
    return Decimal(re.sub(r"\D", "", printed[0])).scaleb(-2)
