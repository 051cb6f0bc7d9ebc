"""Vendors with habits, taught by documents that all say the same."""

from ocr_pipeline.documents.model import Box, Evidence, Field, Reading
from ocr_pipeline.validation.patterns.lesson import Lesson
from ocr_pipeline.validation.patterns.vendor_patterns import VendorPatterns
from ocr_pipeline_tests.structuring.typed import CHARACTER, HEIGHT, PITCH

NAME_KEY, ADDRESS_KEY, TAX_KEY = "name:0AK8AKERY1T0", "address:7R05E5TREET4030H111T0WN", "tax:68123456789"


def known(key: str = NAME_KEY, documents: int = 8, **taught: str) -> dict[str, VendorPatterns]:
    """A vendor whose documents all taught this."""
    lesson = Lesson.model_validate({"keys": (key,), **taught})
    return {key: VendorPatterns.of(key, [lesson] * documents)}


def at(row: int, column: int, *words: str) -> Evidence:
    """Words typed there (`ocr_pipeline_tests.structuring.typed`)."""
    box = Box(column * CHARACTER, row * PITCH, (column + len(" ".join(words))) * CHARACTER, row * PITCH + HEIGHT)
    return Evidence(page=1, box=box, words=words)


def field(value: str, confidence: float, evidence: Evidence, *others: Reading) -> Field:
    return Field(value=value, confidence=confidence, evidence=evidence, alternatives=others)


def other(value: str, confidence: float, evidence: Evidence) -> Reading:
    return Reading(value=value, confidence=confidence, evidence=evidence)
