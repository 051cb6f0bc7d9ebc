import importlib.resources
from pathlib import Path

import ocr_pipeline


def test_the_workspace_of_the_repository_is_the_one_of_the_stack() -> None:
    ours = importlib.resources.files("ocr_pipeline.local") / "workspace.yaml"
    theirs = Path(ocr_pipeline.__file__).parents[1] / "workspace.yaml"
    assert theirs.read_text() == ours.read_text()
