"""Numbers that carry their own proof: bank accounts and tax ids, checked by python-stdnum."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import stdnum.ch.uid
import stdnum.eu.vat
import stdnum.gb.vat
import stdnum.iban

from ocr_pipeline.documents.model import DocumentText, Record, ReviewReason
from ocr_pipeline.kinds.wording import in_words

_SPACING = re.compile(r"[\s./-]+")
_VAT_ID = re.compile(r"([A-Z]{2})[0-9A-Z]{6,}")
"""A tax id that names its country. Others (GST and SST numbers, say) have no checksum, or do not tell which."""
_SWISS_TAX = re.compile(r"(MWST|TVA|IVA|TPV)$")
"""Behind a company's number it says that the company is registered for the tax."""


@dataclass(frozen=True)
class Checksum:
    """The number is one that its issuer can have given."""

    field: str
    holds: Callable[[str], bool]

    def check(self, record: Record, _: DocumentText) -> list[ReviewReason]:
        field = record.fields.get(self.field)
        if field is None or self.holds(field.value):
            return []
        message = f"The {in_words(self.field)} {field.value!r} fails its checksum; it cannot be right as it stands."
        return [ReviewReason(code="checksum", message=message, field=self.field)]


def iban_holds(value: str) -> bool:
    return bool(stdnum.iban.is_valid(_SPACING.sub("", value)))


def tax_id_holds(value: str) -> bool:
    """True also for those of which it cannot be told."""
    number = _SPACING.sub("", value).upper()
    found = _VAT_ID.fullmatch(number)
    country = found[1] if found and any(map(str.isdigit, number)) else None
    if country == "GB":
        return bool(stdnum.gb.vat.is_valid(number))
    if country == "CH":
        return bool(stdnum.ch.uid.is_valid(_SWISS_TAX.sub("", number)))
    if country == "EL" or (country and country.lower() in stdnum.eu.vat.MEMBER_STATES):
        return bool(stdnum.eu.vat.is_valid(number))
    return True
