"""What paper, scanners and cameras do to a clean page. Pictures are uint8 arrays, (height, width, 3), BGR.

Every function draws from the generator it is given alone, so the same seed makes the same picture.
"""

import cv2
import numpy as np
import numpy.typing as npt
import pymupdf

from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.samples.sheet import Sheet

_Grey = npt.NDArray[np.float32]
_WHITE = 255.0


def render(sheets: list[Sheet], dpi: int, stretch: float = 1.0) -> list[Pixels]:
    """The sheets as clean pictures; `stretch` makes them higher, as the letters of receipt printers are."""
    scale = dpi / 72
    with pymupdf.open() as document:
        for sheet in sheets:
            sheet.draw_on(document)
        pictures = [
            page.get_pixmap(matrix=pymupdf.Matrix(scale, scale * stretch), colorspace=pymupdf.csGRAY, alpha=False)
            for page in document
        ]
        greys = [np.frombuffer(p.samples_mv, np.uint8).reshape(p.height, p.stride)[:, : p.width] for p in pictures]
        return [np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8) for grey in greys]


def scanned(rng: np.random.Generator, page: Pixels) -> Pixels:
    """From a flatbed or feeder: a little askew, slightly soft, dust, a faint shadow at one edge."""
    grey = _soft(_grey(page), 0.6)
    grey = _turned(grey, float(rng.uniform(-0.7, 0.7)))
    grey = _WHITE - (_WHITE - grey) * 0.92 - 4.0
    _sprinkle(rng, grey, count=int(rng.integers(15, 50)))
    edge = np.clip(1.0 - np.arange(grey.shape[1], dtype=np.float32) / 40.0, 0.0, 1.0)
    grey -= 35.0 * (edge if rng.integers(2) else edge[::-1])
    return _coloured(_noisy(rng, grey, 3.0), (1.0, 1.0, 1.0))


def thermal(rng: np.random.Generator, page: Pixels, *, faint: bool = False) -> Pixels:
    """A receipt on a scanner bed: heat print that varies by row and has dead dots; `faint` print has nearly gone."""
    grey = _soft(_grey(page), 0.8)
    height, width = grey.shape
    ink = _WHITE - grey
    strength = 0.42 if faint else 0.86
    rows = _smooth(rng, (height, 1), (24, 1)) * (0.10 if faint else 0.06)
    patches = _smooth(rng, (height, width), (12, 4)) * (0.14 if faint else 0.05)
    ink *= np.clip(strength + rows + patches, 0.12, 1.0)
    for column in rng.integers(0, width, 2):
        ink[:, column : column + 2] *= 0.6
    paper = 236.0 + 5.0 * _smooth(rng, (height, width), (5, 3))
    grey = _turned(paper - ink * (paper / _WHITE), float(rng.uniform(-1.2, 1.2)), border=222.0)
    return _coloured(_noisy(rng, grey, 4.0), (0.985, 0.995, 1.0))


def photographed(rng: np.random.Generator, page: Pixels) -> Pixels:
    """By hand with a telephone: paper on a table, in perspective, unevenly lit, a little out of focus, noisy."""
    height, width = page.shape[:2]
    grey = np.minimum(_grey(page), 246.0)
    # Creases: dark on one side, bright on the other.
    for crease in rng.uniform(0.2, 0.8, 2) * height:
        offset = np.arange(height, dtype=np.float32) - crease
        grey += (6.0 * np.tanh(offset / 4.0) * np.exp(-np.abs(offset) / 40.0))[:, None]
    margin = int(0.07 * width)
    size = (width + 2 * margin, height + 2 * margin)
    move = _perspective(rng, width, height, margin)
    table = 82.0 + 16.0 * _smooth(rng, (size[1], size[0]), (60, 4))
    mask = cv2.warpPerspective(np.ones_like(grey), move, size, flags=cv2.INTER_LINEAR)
    sheet = cv2.warpPerspective(grey, move, size, flags=cv2.INTER_LINEAR)
    shadow = _soft(np.asarray(cv2.warpPerspective(np.ones_like(grey), move @ _shift(-10, -8), size), np.float32), 9.0)
    picture = table * (1.0 - 0.45 * shadow) * (1.0 - mask) + sheet
    picture *= _light(rng, picture.shape)
    return _coloured(_noisy(rng, _soft(picture, 0.8), 5.0), (0.93, 0.98, 1.0))


def faxed(rng: np.random.Generator, page: Pixels) -> Pixels:
    """Black and white, with ragged edges of letters and loose dots."""
    grey = _noisy(rng, _soft(_turned(_grey(page), float(rng.uniform(-0.4, 0.4))), 0.7), 14.0)
    _sprinkle(rng, grey, count=60)
    return _coloured(np.where(grey > 150.0, np.float32(_WHITE), np.float32(0.0)), (1.0, 1.0, 1.0))


def turned(page: Pixels, degrees: float) -> Pixels:
    """Clockwise, on a canvas that holds all of it; by quarter turns without any loss."""
    quarters = round(degrees / 90)
    rest = degrees - 90 * quarters
    page = np.ascontiguousarray(np.rot90(page, -int(quarters)))
    if not rest:
        return page
    height, width = page.shape[:2]
    move = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), -rest, 1.0), np.float64)
    cos, sin = abs(move[0, 0]), abs(move[0, 1])
    new_width, new_height = round(width * cos + height * sin), round(width * sin + height * cos)
    move[:, 2] += (new_width - width) / 2, (new_height - height) / 2
    return np.asarray(
        cv2.warpAffine(page, move, (new_width, new_height), flags=cv2.INTER_CUBIC, borderValue=(250, 250, 250)),
        np.uint8,
    )


def shadowed(rng: np.random.Generator, page: Pixels) -> Pixels:
    """In the light of one lamp, with the shadow of a hand or head, which takes half the light, across a third of it."""
    height, width = page.shape[:2]
    towards = float(rng.uniform(0.0, 2 * np.pi))
    down, across = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    side = (np.cos(towards) * across + np.sin(towards) * down).astype(np.float32)
    bent = side + 0.05 * _smooth(rng, (height, width), (4, 4))
    light = (0.9 - 0.25 * side) * (1.0 - 0.5 / (1.0 + np.exp(-(bent - 0.15) * 40.0)))
    return _coloured(_grey(page) * np.minimum(light, 1.0), (0.95, 0.98, 1.0))


def _grey(page: Pixels) -> _Grey:
    return page[:, :, 0].astype(np.float32)


def _soft(grey: _Grey, sigma: float) -> _Grey:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), np.float32)


def _smooth(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> _Grey:
    """Slow variation around 0, mostly within -1 and 1; `cells` is how many bumps there are down and across."""
    coarse = np.clip(rng.standard_normal((cells[0] + 1, cells[1] + 1), np.float32), -2.0, 2.0) / 1.5
    return np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def _noisy(rng: np.random.Generator, grey: _Grey, sigma: float) -> _Grey:
    """Sensor noise. A tile is repeated, which nobody sees and which costs a fraction."""
    height, width = grey.shape
    tile = sigma * rng.standard_normal((331, 307), np.float32)
    return grey + np.tile(tile, (height // 331 + 1, width // 307 + 1))[:height, :width]


def _turned(grey: _Grey, degrees: float, border: float = 250.0) -> _Grey:
    height, width = grey.shape
    move = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return np.asarray(
        cv2.warpAffine(
            grey, move, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=border
        ),
        np.float32,
    )


def _sprinkle(rng: np.random.Generator, grey: _Grey, count: int) -> None:
    height, width = grey.shape
    grey[rng.integers(0, height, count), rng.integers(0, width, count)] -= 110.0


def _perspective(rng: np.random.Generator, width: int, height: int, margin: int) -> npt.NDArray[np.float64]:
    """Map from the flat page to the photograph; corners move by a few hundredths, lines turn by up to 2 degrees."""
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.uniform(-1.5, 1.5)), 0.97)
    turned = flat @ turn[:, :2].T.astype(np.float32) + turn[:, 2].astype(np.float32)
    moved = turned + margin + rng.uniform(-0.018, 0.018, (4, 2)).astype(np.float32) * width
    return np.asarray(cv2.getPerspectiveTransform(flat, moved.astype(np.float32)), np.float64)


def _shift(x: float, y: float) -> npt.NDArray[np.float64]:
    return np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1]], np.float64)


def _light(rng: np.random.Generator, shape: tuple[int, ...]) -> _Grey:
    """Brightness from one side, and the soft shadow of a hand or head across a corner."""
    height, width = shape[:2]
    down = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]
    across = np.linspace(0.0, 1.0, width, dtype=np.float32)[None, :]
    if rng.integers(2):
        across = across[:, ::-1]
    slope = 1.0 - 0.22 * across - 0.12 * down
    shadow = 1.0 / (1.0 + np.exp(-(across + 0.5 * down - float(rng.uniform(0.9, 1.15))) * 14.0))
    return np.asarray(slope * (1.0 - 0.25 * shadow), np.float32)


def _coloured(grey: _Grey, tint: tuple[float, float, float]) -> Pixels:
    """`tint` are the weights of blue, green and red."""
    return np.dstack([np.clip(grey * weight, 0.0, _WHITE) for weight in tint]).astype(np.uint8)
