"""Misreadings of what nearly every letterhead has: put right in values, known where these are held against words."""

import re

_MISREAD_O = re.compile(r"(?<=[A-Z])0(?=[A-Z])")
_MISREAD_I = re.compile(r"(?<!\w)1(?=[A-Z]{3})")
_MISREAD_SDN_BHD = re.compile(
    r"(?<!\w)(?:S[DOI0]N(\.?\s?)[BD]H[DO]|S[A-Z0]N(\.?\s)BHD|SDN(\.?\s)(?:\wHD|B\wD|BH\w)|SD\w[^\w\s]?(\.?\s)BHD)(?!\w)",
    re.IGNORECASE,
)
_IN_ADDRESSES = (
    (re.compile(r"(?<!\w)J[1I]N(?!\w)", re.IGNORECASE), "JLN"),
    (re.compile(r"^(?:[MH]O|N0)(?=\.?\s?\d)"), "NO"),
    (re.compile(r"(?<!\d)(\d{4})[OoD](?!\w)"), r"\g<1>0"),
    (re.compile(r"(?<!\w)([A-Z])0(\d\s\d[A-Z]{2})(?!\w)"), r"\g<1>O\g<2>"),
    (re.compile(r"(?<!\w)(?:DE|D)[ -](?=\d{5}(?!\d))"), ""),
)
"""The last is no misreading: the country before a German postcode."""


def repaired_name(text: str) -> str:
    """A company's name without digits in words, and with its Malaysian legal form as it is spelled."""
    return _MISREAD_SDN_BHD.sub(_sdn_bhd, _MISREAD_O.sub("O", _MISREAD_I.sub("I", text)))


def repaired_address(text: str) -> str:
    """An address with its commonest abbreviations and the forms of its postcode as they are written."""
    for pattern, right in _IN_ADDRESSES:
        text = pattern.sub(right, text)
    return text


def _sdn_bhd(match: re.Match[str]) -> str:
    between = next(group for group in match.groups() if group is not None)
    return f"SDN{between}BHD" if match[0].isupper() else f"Sdn{between}Bhd"
