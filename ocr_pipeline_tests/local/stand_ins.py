"""Stacks for tests: real servers, and small programs in the place of the pipeline's own."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ocr_pipeline.local.applications import Applications
from ocr_pipeline.local.plan import Plan
from ocr_pipeline.local.program import Program
from ocr_pipeline.settings import Settings

ELSEWHERE = {
    "OCR_DATABASE_URL": "postgresql+psycopg2://u:p@127.0.0.1:1/d",
    "OCR_S3_ENDPOINT": "http://127.0.0.1:1",
    "OCR_S3_SECRET_KEY": "k",
    "OCR_DAGSTER_URL": "http://127.0.0.1:1",
}


def applications(programs: Callable[[Plan], Sequence[Program]] = lambda _: ()) -> Applications:
    return Applications(prepare=lambda _: None, programs=programs)


def stayer(plan: Plan) -> Program:
    """Ends, again and again, once a file named ``poison`` is in the data folder."""
    root = plan.folders.root
    command = (sys.executable, str(Path(__file__).with_name("stay.py")), str(root / "poison"))
    return Program(name="stayer", title="the stand-in", stage=2, command=command, directory=root)


def settings(data_dir: Path, **values: object) -> Settings:
    return Settings.model_validate({"data_dir": data_dir, "dagster_port": 0, "api_port": 0, **values})


def redis_only(data_dir: Path, **values: object) -> Settings:
    """Everything but Redis is elsewhere: such a stack starts in a second."""
    elsewhere = {name.removeprefix("OCR_").lower(): value for name, value in ELSEWHERE.items()}
    return settings(data_dir, **elsewhere, **values)
