"""Whether a page's picture shows what its text layer says, and nothing else that is text."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.documents.model import Box
from ocr_pipeline.recognition.pdf_text_layer_shapes import Grey, Print, fits, has_reference
from ocr_pipeline.recognition.pdf_text_layer_words import PrintedLine

_EDGE = 16
"""Grey levels between neighbouring pixels that are an edge of something printed."""

_PRINTS_TRIED = 3
_CHARACTERS_PER_FONT = 40
_CHARACTERS_PER_PAGE = 100
_LEAST_FITTING = 0.75
"""Of the different characters of a page, each counted once a font."""
_SMALLEST_GROUP, _LARGE_GROUP = 3, 12
_LEAST_FITTING_OF_FEW, _LEAST_FITTING_OF_MANY = 0.2, 0.5
"""Of the different characters of one font, or of the digits."""

_WINDOW, _DARKER = 25, 15
"""Pixels and grey levels: ink is darker than its surroundings."""
_LETTER_HEIGHTS = (4, 48)
"""Pixels."""
_WIDEST = 12
"""Heights: letters of small print touch each other, up to a word."""
_LEAST_FILLED, _MOST_FILLED = 0.25, 0.8
_LEAST_LETTERS_IN_ROW = 6
_MOST_UNCLAIMED_LETTERS = 40
_MOST_UNCLAIMED = 0.15
"""Of the characters that the layer claims."""


def unseen(grey: Grey, boxes: Sequence[Box]) -> npt.NDArray[np.bool_]:
    """For each box, whether there is nothing in it."""
    if not boxes:
        return np.zeros(0, bool)
    is_edge = (cv2.absdiff(grey[:, 1:], grey[:, :-1]) >= _EDGE).astype(np.uint8)
    edges = cv2.integral(is_edge)
    height, width = is_edge.shape
    corners = np.asarray(boxes, np.float64)
    x0, x1 = (np.clip(np.round(corners[:, side]), 0, width).astype(int) for side in (0, 2))
    y0, y1 = (np.clip(np.round(corners[:, side]), 0, height).astype(int) for side in (1, 3))
    counts = edges[y1, x1] - edges[y0, x1] - edges[y1, x0] + edges[y0, x0]
    return np.asarray(counts <= 0, bool)


def looks_as_claimed(grey: Grey, printed: Sequence[PrintedLine], scale: float) -> bool:
    """Whether the letters and digits have the shapes of what they stand for; a few prints of each are compared.

    `scale` is pixels a point. Characters in scripts without reference shapes are passed over.
    """
    answers = list(_comparisons(grey, printed, scale))
    by_font: dict[str, list[bool]] = defaultdict(list)
    for font, _, answer in answers:
        by_font[font].append(answer)
    digits = [answer for _, char, answer in answers if char.isdigit()]
    return sum(answer for _, _, answer in answers) >= _LEAST_FITTING * len(answers) and not any(
        _is_broken(group) for group in (digits, *by_font.values())
    )


def _is_broken(group: Sequence[bool]) -> bool:
    """Whether so few of one font's different characters, or of the digits, fit that their meanings are mixed up.

    Where there are few it takes more: they may be one word on a busy ground.
    """
    if len(group) < _SMALLEST_GROUP:
        return False
    return sum(group) <= (_LEAST_FITTING_OF_FEW if len(group) < _LARGE_GROUP else _LEAST_FITTING_OF_MANY) * len(group)


def _comparisons(grey: Grey, printed: Sequence[PrintedLine], scale: float) -> Iterator[tuple[str, str, bool]]:
    """The font, the character and whether it is shown, for the digits and most frequent letters of each font."""
    margin = math.ceil(max((size for line in printed for size in line.sizes), default=0.0) * scale)
    paper = cv2.copyMakeBorder(grey, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    pictures: dict[int, Grey] = {}
    for font, char, places in _kinds(printed):
        for line, index in places[:: max(len(places) // _PRINTS_TRIED, 1)][:_PRINTS_TRIED]:
            quarter = line.quarter or 0
            if quarter not in pictures:
                pictures[quarter] = np.ascontiguousarray(np.rot90(paper, -quarter), np.uint8)
            is_shown = fits(pictures[quarter], _level(line, index, scale, margin, grey.shape))
            if is_shown:
                break
        yield font, char, is_shown


def _kinds(printed: Sequence[PrintedLine]) -> list[tuple[str, str, list[tuple[PrintedLine, int]]]]:
    """The font, the character and all places of the characters that are to be compared."""
    places: dict[str, dict[str, list[tuple[PrintedLine, int]]]] = defaultdict(lambda: defaultdict(list))
    for line in printed:
        if line.quarter is not None:
            for index, (char, font) in enumerate(zip(line.text, line.fonts, strict=True)):
                places[font][char].append((line, index))
    kinds = []
    for font, chars in places.items():
        known = [(font, char, found) for char, found in chars.items() if char.isalnum() and has_reference(char)]
        kinds += sorted(known, key=_importance)[:_CHARACTERS_PER_FONT]
    return sorted(kinds, key=_importance)[:_CHARACTERS_PER_PAGE]


def _importance(kind: tuple[str, str, list[tuple[PrintedLine, int]]]) -> tuple[bool, int]:
    """Digits first: a page of prose has few, and they are what matters."""
    _, char, found = kind
    return not char.isdigit(), -len(found)


def _level(line: PrintedLine, index: int, scale: float, margin: int, shape: tuple[int, ...]) -> Print:
    """A character in the picture that got a margin and was turned so that the line is level; `shape` was it before."""
    char = line.chars[index]
    x0, y0, x1, y1 = char["bbox"]
    height, width = (side + 2 * margin for side in shape)
    points = [(x * scale + margin, y * scale + margin) for x, y in (char["origin"], (x0, y0), (x1, y1))]
    for _ in range(line.quarter or 0):
        points = [(height - y, x) for x, y in points]
        height, width = width, height
    (_, baseline), (start, _), (end, _) = points
    return Print(char["c"], min(start, end), max(start, end), baseline, line.sizes[index] * scale)


def has_unclaimed_text(grey: Grey, boxes: Sequence[Box], claimed: int) -> bool:
    """Whether rows of letters stand outside of the boxes: in pictures, or drawn as outlines.

    `claimed` is the number of characters in the boxes.
    """
    return unclaimed_letters(grey, boxes) > max(_MOST_UNCLAIMED_LETTERS, _MOST_UNCLAIMED * claimed)


def unclaimed_letters(grey: Grey, boxes: Sequence[Box]) -> int:
    """Number of spots that look like letters in a row."""
    darker = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, _WINDOW, _DARKER)
    ink = np.asarray(darker, np.uint8)
    for x0, y0, x1, y1 in boxes:
        ink[max(int(y0) - 2, 0) : int(y1) + 3, max(int(x0) - 2, 0) : int(x1) + 3] = 0
    contours, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return 0
    spots = np.array([cv2.boundingRect(contour) for contour in contours])
    widths, heights = spots[:, 2], spots[:, 3]
    low, high = _LETTER_HEIGHTS
    spots = spots[(heights >= low) & (heights <= high) & (widths <= _WIDEST * heights) & (heights <= 8 * widths)]
    return _letters_in_rows([spot for spot in spots.tolist() if _has_letters(ink, *spot)])


def _has_letters(ink: Grey, left: int, top: int, width: int, height: int) -> bool:
    """Whether a spot is one letter, or letters that touch: these have more white than a bar and less than a box."""
    if width <= 2 * height:
        return True
    filled = cv2.countNonZero(ink[top : top + height, left : left + width]) / (width * height)
    return _LEAST_FILLED <= filled <= _MOST_FILLED


def _letters_in_rows(spots: list[list[int]]) -> int:
    """About how many letters there are in spots that follow one another, closer than they are high, in rows.

    A spot is left, top, width and height.
    """
    if not spots:
        return 0
    right, bottom = (max(spot[side] + spot[2] + spot[3] for spot in spots) for side in (0, 1))
    canvas = np.zeros((bottom, right), np.uint8)
    for left, top, width, height in spots:
        canvas[top : top + height, left : left + width + height] = 255
    _, labels, rows, _ = cv2.connectedComponentsWithStats(canvas, connectivity=4)
    letters, tallest = [0] * len(rows), [0] * len(rows)
    for left, top, width, height in spots:
        row = labels[top, left]
        letters[row] += math.ceil(width / height)
        tallest[row] = max(tallest[row], height)
    return sum(
        count
        for count, height, row in zip(letters, tallest, rows, strict=True)
        if count >= _LEAST_LETTERS_IN_ROW and row[cv2.CC_STAT_HEIGHT] <= 2 * height
    )
