"""By what a vendor is known again: tax number, name and address, each proof against characters that look alike."""

from ocr_pipeline.documents.model import Record
from ocr_pipeline.validation.patterns.spelling import skeleton

_FIELDS = {"tax": "vendor_tax_id", "name": "vendor_name", "address": "vendor_address"}
_SHORTEST = {"tax": 6, "name": 4, "address": 12}
"""In letters and digits; what is shorter belongs to many."""
_LONGEST = 200
"""What is longer is neither a name nor an address, and too much for an index."""


def vendor_keys(record: Record) -> tuple[str, ...]:
    """Like ``name:0AK8AKERY1T0``, the surest first; a vendor whose name was misread is still found by its address."""
    keys = []
    for sort, name in _FIELDS.items():
        if (field := record.fields.get(name)) is not None:
            plain = skeleton(field.value)
            if _SHORTEST[sort] <= len(plain) <= _LONGEST:
                keys.append(f"{sort}:{plain}")
    return tuple(keys)
