"""What could be the value of a field."""

from typing import NamedTuple

from ocr_pipeline.structuring.layout import Run


class Candidate(NamedTuple):
    value: str
    """As in `Record.fields`."""
    run: Run
    """The words that say so."""
    features: tuple[float, ...]
    """What a ranker looks at: of each field a named tuple of its own, whose names say in which order trees see it."""
