"""Small pictures for people who would rather look than read."""

from collections.abc import Iterable

import cv2
import numpy as np

from ocr_pipeline.documents.model import Box
from ocr_pipeline.documents.page_image import NormalizedPage

_GREEN = (60, 160, 0)


def thumbnail(page: NormalizedPage, boxes: Iterable[Box], longest_side: int) -> bytes:
    """The page as it came, as a JPEG of `longest_side` pixels, with `boxes` (original page pixels) drawn on it."""
    width, height = page.info.original_width, page.info.original_height
    scale = longest_side / max(width, height)
    # Back to the original frame and down to size in one step.
    back = np.array(page.info.to_original) * scale
    small = cv2.warpAffine(
        page.pixels,
        back,
        (round(width * scale), round(height * scale)),
        flags=cv2.INTER_AREA,
        borderMode=cv2.BORDER_REPLICATE,
    )
    for x0, y0, x1, y1 in boxes:
        corners = (round(x0 * scale), round(y0 * scale)), (round(x1 * scale), round(y1 * scale))
        cv2.rectangle(small, *corners, _GREEN, 1)
    # With colours at half the resolution, as JPEG is by default, thin green frames would turn grey.
    options = [cv2.IMWRITE_JPEG_QUALITY, 70, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    _, data = cv2.imencode(".jpg", small, options)
    return data.tobytes()
