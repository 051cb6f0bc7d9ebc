"""Names of fields as people read them."""

import re

_CELL = re.compile(r"line_items\[(\d+)\]\.(\w+)")
_ABBREVIATIONS = {"iban": "IBAN"}


def in_words(field: str) -> str:
    """``vendor_name`` is a vendor name, ``line_items[0].unit_price`` the unit price of item 1."""
    cell = _CELL.fullmatch(field)
    if cell:
        return f"{in_words(cell[2])} of item {int(cell[1]) + 1}"
    return " ".join(_ABBREVIATIONS.get(part, part) for part in field.split("_"))
