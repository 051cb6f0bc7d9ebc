"""Runs the pipeline over a folder of labelled documents."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr_pipeline.documents.model import PDF_TEXT_LAYER, DocumentText, Rejection, Verdict
from ocr_pipeline.evaluation.calibration import judge
from ocr_pipeline.evaluation.labelled_fields import LabelledField, labelled_fields
from ocr_pipeline.evaluation.score import Prediction
from ocr_pipeline.pipeline import process, recognition_engine, structuring_engine
from ocr_pipeline.settings import Settings


@dataclass(frozen=True)
class Evaluated:
    """One document of the folder."""

    id: str
    prediction: Prediction
    result: Verdict | Rejection
    judged: list[tuple[float, bool]]
    """Of each word read by an engine its confidence, and whether it is right; empty where no text is known."""
    fields: list[LabelledField]
    pages: int
    seconds: dict[str, float]
    """By stage."""


def load_truth(folder: Path) -> list[dict[str, Any]]:
    """The objects of the folder's ``truth.jsonl``; raises FileNotFoundError where there is none."""
    lines = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def evaluate(folder: Path, truths: list[dict[str, Any]], settings: Settings) -> Iterator[Evaluated]:
    """Each document of the folder as it is done. Engines are loaded before the clock starts."""
    recognition_engine(settings)
    structuring_engine(settings)
    for truth in truths:
        file = folder / truth["file"]
        processed = process(file.read_bytes(), file.name, settings)
        record = processed.result.record if isinstance(processed.result, Verdict) else None
        lines = tuple(processed.text.lines) if processed.text else ()
        yield Evaluated(
            id=truth["id"],
            prediction=Prediction(
                lines, {name: field.value for name, field in record.fields.items()} if record else {}
            ),
            result=processed.result,
            judged=judge(_recognized(processed.text), truth["text_lines"]) if truth.get("text_lines") else [],
            fields=labelled_fields(record, truth.get("fields") or {}),
            pages=len(processed.text.pages) if processed.text else 0,
            seconds=processed.seconds,
        )


def _recognized(text: DocumentText | None) -> list[tuple[str, float]]:
    """Words and confidences; what a PDF says itself is not recognized."""
    pages = [page for page in text.pages if page.source != PDF_TEXT_LAYER] if text else []
    return [(word.text, word.confidence) for page in pages for line in page.lines for word in line.words]
