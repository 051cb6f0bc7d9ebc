from pathlib import Path

import pytest

from ocr_pipeline.samples.generate import generate


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two receipts and an invoice, which is a PDF with a text layer."""
    folder = tmp_path_factory.mktemp("samples")
    generate(folder, seed=1, count=3)
    return folder
