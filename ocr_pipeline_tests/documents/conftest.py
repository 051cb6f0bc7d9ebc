from pathlib import Path

import pytest

from ocr_pipeline.documents.limits import Limits
from ocr_pipeline.samples.generate import Sample, compose
from ocr_pipeline.settings import Settings

Whole = list[tuple[Sample, bytes]]


@pytest.fixture(scope="session")
def whole() -> Whole:
    """One good document of every kind, with its bytes."""
    return [compose(Path(), 7, index) for index in range(12)]


@pytest.fixture(scope="session")
def limits() -> Limits:
    return Limits.of(Settings())
