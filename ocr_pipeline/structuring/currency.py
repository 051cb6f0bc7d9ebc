"""The currency of a document, from the signs and codes printed on it."""

import re
from collections import Counter

from ocr_pipeline.documents.model import Field
from ocr_pipeline.structuring.amounts import CODES, amounts_in, currency_code
from ocr_pipeline.structuring.layout import Row, Run

_SIGN = re.compile(
    r"(?<![A-Za-z])(?:RM|Rs\.?)(?=[\s\d)O.,:]|$)|US\$|HK\$|[SAC]\$|[€£$¥₹₩₱฿₫₺₪₴]"
    rf"|(?<![A-Za-z])(?:{CODES})(?![A-Za-z])"
)
_LABEL = re.compile(r"currency|währung|devise|valuta|beträge in|amounts? (?:are )?in", re.IGNORECASE)


def find_currency(rows: list[Row]) -> Field | None:
    """The currency that most signs name; beside an amount or after ``Currency:`` a sign counts more."""
    votes: Counter[str] = Counter()
    first: dict[str, Run] = {}
    for row in rows:
        beside = {amount.mark for amount in amounts_in(row) if amount.mark}
        for match in _SIGN.finditer(row.text):
            code = currency_code(match[0])
            if code is None:
                continue
            weight = 3 if match[0] in beside else 1
            if _LABEL.search(row.text[: match.start()]):
                weight = 10
            votes[code] += weight
            first.setdefault(code, row.run.part(match.start(), match.end()))
    if not votes:
        return None
    code, count = votes.most_common(1)[0]
    share = count / votes.total()
    # A single stray sign is weak; a sign at every amount is strong. "$" alone does not say which dollar.
    confidence = share * (0.93 + 0.02 * min(count, 3)) - (0.1 if code == "USD" and first[code].text == "$" else 0.0)
    return first[code].field(code, confidence)
