"""Lines cut out of a page and laid level."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from ocr_pipeline.documents.model import Box
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.recognition.runtime import Floats

LINE_HEIGHT = 48
"""Pixels that the recognizer sees of a line, from top to bottom."""
_ALIASED = 1.5
"""Lines that are so many times higher are averaged first: points picked out of them would miss strokes."""
_TALL = 1.5
"""What is so many times higher than wide is a line that runs downwards, and is turned to be read."""


@dataclass(frozen=True)
class LineCrop:
    """A line as the recognizer wants it."""

    pixels: Pixels
    """(line height, width, 3), BGR."""
    corners: Floats
    """(4, 2), in page pixels: where the crop's corners lie, clockwise from its top left."""

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        """The upright box, in page pixels, around the part between these shares of the crop's width and height."""
        top_left, top_right, _, bottom_left = self.corners
        across, down = top_right - top_left, bottom_left - top_left
        points = np.array([top_left + x * across + y * down for x in (x0, x1) for y in (y0, y1)])
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return Box(float(left), float(top), float(right), float(bottom))


def cut_out(page: Pixels, quad: Floats, line_height: int = LINE_HEIGHT) -> LineCrop:
    """`quad` holds the line's corners, (4, 2), clockwise from its top left, in page pixels."""
    top_left, top_right, bottom_right, bottom_left = quad
    width = max(math.dist(top_right, top_left), math.dist(bottom_right, bottom_left))
    height = max(math.dist(bottom_left, top_left), math.dist(bottom_right, top_right))
    if height >= _TALL * width:
        # It is taken to run downwards: the crop's top left is the page's top right.
        quad = np.roll(quad, -1, axis=0)
        width, height = height, width
    size = max(8, int(np.ceil(line_height * width / max(height, 1.0)))), line_height
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    shrunk = height / line_height
    page, quad_there = _around(page, quad, shrunk) if shrunk > _ALIASED else (page, quad)
    move = cv2.getPerspectiveTransform(quad_there, target)
    pixels = cv2.warpPerspective(page, move, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return LineCrop(np.asarray(pixels, np.uint8), np.asarray(quad, np.float32))


def _around(page: Pixels, quad: Floats, shrunk: float) -> tuple[Pixels, Floats]:
    """The neighbourhood of `quad`, made `shrunk` times smaller without aliasing, and the quad in its pixels."""
    limit = np.array([page.shape[1], page.shape[0]])
    x0, y0 = np.clip(np.floor(quad.min(axis=0)).astype(int) - 2, 0, limit - 1)
    x1, y1 = np.clip(np.ceil(quad.max(axis=0)).astype(int) + 2, (x0 + 1, y0 + 1), limit)
    part = page[y0:y1, x0:x1]
    size = max(1, round((x1 - x0) / shrunk)), max(1, round((y1 - y0) / shrunk))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    scale = np.array([size[0] / (x1 - x0), size[1] / (y1 - y0)], np.float32)
    return np.asarray(small, np.uint8), ((quad - (x0, y0)) * scale).astype(np.float32)
