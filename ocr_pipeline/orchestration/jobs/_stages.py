"""The stages from one on."""

from typing import get_args

from ocr_pipeline.versions import Stage

_STAGES: tuple[Stage, ...] = get_args(Stage)


def stages_from(first: Stage) -> list[Stage]:
    """In the order in which they run."""
    return list(_STAGES[_STAGES.index(first) :])
