"""A line as it might have been found and photographed: each time it is learned from it looks a little different."""

import cv2
import numpy as np

from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.recognition.ppocr.crops import LineCrop, cut_out
from training.lines import LabelledLine

_SHIFT = (0.05, 0.04)
"""How far corners lie off, across and down, as shares of the line's height: one standard deviation."""
_STRETCH = 0.08
_NARROWEST = 8


def view(line: LabelledLine, random: np.random.Generator) -> LineCrop:
    """The line cut out near its corners, stretched or narrowed, half the time in other light."""
    height = min(np.linalg.norm(line.quad[1] - line.quad[0]), np.linalg.norm(line.quad[3] - line.quad[0]))
    quad = line.quad + random.normal(0, _SHIFT, (4, 2)) * height
    crop = cut_out(line.pixels, quad.astype(np.float32))
    width = max(_NARROWEST, round(crop.width * random.uniform(1 - _STRETCH, 1 + _STRETCH)))
    pixels = np.asarray(cv2.resize(crop.pixels, (width, crop.pixels.shape[0])), np.uint8)
    return LineCrop(_relit(pixels, random) if random.random() < 0.5 else pixels, crop.corners)


def _relit(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """With other contrast and brightness, some with noise, blur, or at a coarser resolution."""
    bright = (pixels - 128.0) * random.uniform(0.7, 1.15) + 128 + random.uniform(-25, 25)
    noise = random.normal(0, random.uniform(2, 12), bright.shape) if random.random() < 0.3 else 0.0
    pixels = np.clip(bright + noise, 0, 255).astype(np.uint8)
    if random.random() < 0.3:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), random.uniform(0.3, 1.0)), np.uint8)
    if random.random() < 0.15:
        scale = random.uniform(0.4, 0.75)
        small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        pixels = np.asarray(cv2.resize(small, (pixels.shape[1], pixels.shape[0])), np.uint8)
    return pixels
