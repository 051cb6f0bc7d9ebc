import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "easyocr", "transformers", "openvino", "rapidocr", "spacy", "cv2", "pandera", "pandas", "pymupdf"}


def test_the_houses_import_rules_are_kept() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", "setup.cfg", "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


def test_the_code_location_loads_no_engine() -> None:
    """Dagster loads it in every process that it starts."""
    program = "import sys, ocr_pipeline.definitions; print(*{name.partition('.')[0] for name in sys.modules})"
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(result.stdout.split())
    assert "dagster" in loaded
    assert loaded & HEAVY == set()
