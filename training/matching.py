"""Which lines that a detector found hold which lines that somebody labelled."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Boxes = npt.NDArray[np.float64]
"""(n, 4): left, top, right, bottom."""

_INSIDE = 0.5
"""Share of a labelled line's box that a found line covers when it holds the line."""
_TOUCHED = 0.1
"""Share from which a found line may have caught a part of a labelled line, so that its text is not known."""


def match(found: Boxes, labelled: Boxes) -> Iterator[tuple[int, list[int]]]:
    """Found lines whose text is known, as their index and those of the labelled lines in them, from left to right.

    A labelled line is in one found line at most.
    """
    taken: set[int] = set()
    for index, box in enumerate(found):
        inside = _inside(box, labelled)
        if (
            inside
            and taken.isdisjoint(inside)
            and _is_one_line(labelled[inside])
            and _ends_alike(box, labelled[inside])
        ):
            taken.update(inside)
            yield index, inside


def _inside(box: npt.NDArray[np.float64], labelled: Boxes) -> list[int]:
    """Empty, too, where a part of a labelled line is in the box."""
    width = np.clip(np.minimum(labelled[:, 2], box[2]) - np.maximum(labelled[:, 0], box[0]), 0, None)
    height = np.clip(np.minimum(labelled[:, 3], box[3]) - np.maximum(labelled[:, 1], box[1]), 0, None)
    area = (labelled[:, 2] - labelled[:, 0]) * (labelled[:, 3] - labelled[:, 1])
    share = width * height / np.maximum(area, 1e-6)
    line_height = box[3] - box[1]
    touched = (share > _TOUCHED) & (width > 0.3 * line_height) & (height > 0.4 * line_height)
    if (touched & (share <= _INSIDE)).any():
        return []
    inside = np.flatnonzero(share > _INSIDE)
    return [int(line) for line in inside[np.argsort(labelled[inside, 0], kind="stable")]]


def _is_one_line(boxes: Boxes) -> bool:
    middles = (boxes[:, 1] + boxes[:, 3]) / 2
    return bool(np.ptp(middles) <= 0.5 * (boxes[:, 3] - boxes[:, 1]).min())


def _ends_alike(box: npt.NDArray[np.float64], inside: Boxes) -> bool:
    """The found line neither cuts letters off nor reaches over what nobody labelled."""
    height = box[3] - box[1]
    beyond_left = inside[:, 0].min() - box[0]
    beyond_right = box[2] - inside[:, 2].max()
    return all(-0.5 * height <= beyond <= 1.2 * height for beyond in (beyond_left, beyond_right))
