"""What patterns say of a line's text. Candidates share lines, so the answers are kept."""

from functools import lru_cache
from typing import NamedTuple

from ocr_pipeline.structuring.labels import squash
from ocr_pipeline.structuring.line_kinds import (
    LEGAL_FORM,
    POSTCODE,
    REGISTRATION,
    address_score,
    is_contact,
    is_heading,
)


class LineLooks(NamedTuple):
    address: float
    """0 not at all like an address, 1 or more quite so."""
    postcode: bool
    contact: bool
    """Of a telephone, mail, tax or registration number."""
    heading: bool
    legal_form: bool
    ends_registered: bool
    """With a company's number."""
    is_registration: bool
    """Nothing but a company's number."""
    digits: int
    letters: int
    """And digits."""


NOTHING = LineLooks(
    address=0.0,
    postcode=False,
    contact=False,
    heading=False,
    legal_form=False,
    ends_registered=False,
    is_registration=False,
    digits=0,
    letters=0,
)


@lru_cache(maxsize=4096)
def looks_of(text: str) -> LineLooks:
    return LineLooks(
        address=address_score(text),
        postcode=POSTCODE.search(text) is not None,
        contact=is_contact(text),
        heading=is_heading(text),
        legal_form=LEGAL_FORM.search(text) is not None,
        ends_registered=REGISTRATION.search(text) is not None,
        is_registration=REGISTRATION.fullmatch(text) is not None,
        digits=sum(character.isdigit() for character in text),
        letters=len(squash(text)),
    )
