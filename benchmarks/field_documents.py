"""Labelled documents, structured: from recognized texts that lie there already, or from the files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr_pipeline.attempt import DocumentRejected, stage
from ocr_pipeline.documents.model import DocumentText, Record, Rejection, Verdict
from ocr_pipeline.documents.sniff import media_type
from ocr_pipeline.evaluation.labelled_fields import LabelledField, labelled_fields
from ocr_pipeline.evaluation.run import load_truth
from ocr_pipeline.pipeline import invoice_inside, judge, process, structure, structuring_engine
from ocr_pipeline.settings import Settings


@dataclass(frozen=True)
class Structured:
    """A labelled document before its verdict."""

    id: str
    """With the names of its split and set before it."""
    labels: dict[str, Any]
    """The ``fields`` of its truth."""
    read: tuple[Record, DocumentText] | Rejection


@dataclass(frozen=True)
class Judged:
    id: str
    result: Verdict | Rejection
    fields: list[LabelledField]


def name_of(folder: Path) -> str:
    """Its split and its set, such as ``dev/sroie``, which are the last parts of its path."""
    return f"{folder.parent.name}/{folder.name}"


def structured(folder: Path, texts: Path | None, settings: Settings) -> Iterator[Structured]:
    """`texts` holds ``SPLIT/SET/ID.json``. What is missing there, or all without it, goes through the pipeline."""
    for truth in load_truth(folder):
        file = folder / truth["file"]
        kept = texts and texts / name_of(folder) / (re.sub(r"[^\w.-]", "_", truth["id"]) + ".json")
        read = _structured(kept, file, settings) if kept and kept.is_file() else _processed(file, settings)
        yield Structured(f"{name_of(folder)}/{truth['id']}", truth.get("fields") or {}, read)


def judged(document: Structured, settings: Settings) -> Judged:
    if isinstance(document.read, Rejection):
        return Judged(document.id, document.read, labelled_fields(None, document.labels))
    try:
        with stage("validated_tables", {}):
            verdict = judge(*document.read, settings)
    except DocumentRejected as rejected:
        return Judged(document.id, rejected.rejection, labelled_fields(None, document.labels))
    return Judged(document.id, verdict, labelled_fields(verdict.record, document.labels))


def _structured(kept: Path, file: Path, settings: Settings) -> tuple[Record, DocumentText] | Rejection:
    """Kept texts may be older than the reader of embedded invoices, which takes no time to ask again."""
    data = file.read_bytes()
    text = DocumentText.model_validate_json(kept.read_bytes())
    text = text.model_copy(update={"embedded_invoice": invoice_inside(data, media_type(data) or "")})
    try:
        with stage("structured_records", {}):
            return structure(text, structuring_engine(settings), settings), text
    except DocumentRejected as rejected:
        return rejected.rejection


def _processed(file: Path, settings: Settings) -> tuple[Record, DocumentText] | Rejection:
    processed = process(file.read_bytes(), file.name, settings)
    if isinstance(processed.result, Rejection):
        return processed.result
    return processed.result.record, processed.text or DocumentText(pages=())
