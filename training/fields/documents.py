"""Labelled documents as the pipeline reads them, with the fields that are known of them.

Recognition takes most of the time of a training, so what was read is kept in a folder, by the file's bytes; after a
change of the recognizer the folder has to go.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.progress import track

from ocr_pipeline.attempt import DocumentRejected
from ocr_pipeline.documents.model import Box, DocumentText, Line, Page, Word
from ocr_pipeline.pipeline import read_text
from ocr_pipeline.samples.generate import compose
from ocr_pipeline.settings import Settings
from training.errors import TrainingError

_PICTURES = {".jpg", ".jpeg", ".png"}
_WORN_SCALE = 0.7
_WORN_QUALITY = 40


@dataclass(frozen=True)
class LabelledDocument:
    """One document in one of its views."""

    id: str
    vendor: str
    """Documents of one vendor are never split between learning and checking."""
    source: str
    """Name of the set."""
    view: str
    """``read`` as it came, ``worn`` read from a worse copy, ``true`` as the transcript has it."""
    text: DocumentText
    fields: dict[str, Any]
    """As in truth.jsonl; what is not in it is not known."""


def load(folder: Path, cache: Path) -> list[LabelledDocument]:
    """The documents of ``folder/<set>/truth.jsonl``, save those that share a vendor or an invoice with the dev set.

    Raises TrainingError where the folder has none.
    """
    found: list[LabelledDocument] = []
    files = sorted(folder.glob("*/truth.jsonl"))
    if not files:
        raise TrainingError(f"no {folder}/*/truth.jsonl: --data names a folder of labelled sets (docs/fields.md)")
    for truths in files:
        lines = [json.loads(line) for line in truths.read_text(encoding="utf-8").splitlines() if line.strip()]
        labelled = [truth for truth in lines if truth.get("fields") and not _is_held_out(truth)]
        for truth in track(labelled, description=f"reading {truths.parent.name}"):
            found += _views(truth, truths.parent, cache)
    return found


def samples(count: int, cache: Path) -> list[LabelledDocument]:
    """Generated documents of several countries, which keep the fields of invoices from being learned from one alone."""
    found = []
    for index in track(range(count), description="reading samples"):
        sample, data = compose(Path(), 1_000_000, index)
        text = _read(data, sample.path.name, cache)
        if text is not None:
            vendor = str(sample.fields["vendor_name"])
            found.append(LabelledDocument(sample.id, _key(vendor), "samples", "read", text, sample.fields))
    return found


def _is_held_out(truth: dict[str, Any]) -> bool:
    notes = truth.get("notes", "")
    return "same company as a dev" in notes or "same invoice as dev" in notes


def _views(truth: dict[str, Any], folder: Path, cache: Path) -> Iterator[LabelledDocument]:
    file = folder / truth["file"]
    data = file.read_bytes()
    vendor = _key(truth["fields"].get("vendor_name") or _template(truth))
    views: dict[str, Callable[[], DocumentText | None]] = {"read": lambda: _read(data, file.name, cache)}
    if file.suffix.lower() in _PICTURES:
        views["worn"] = lambda: _read(_worn(data, file.name), file.name, cache)
    if truth.get("boxes"):
        views["true"] = lambda: _transcript(truth)
    for view, make in views.items():
        text = make()
        if text is not None:
            yield LabelledDocument(truth["id"], vendor, folder.name, view, text, truth["fields"])


def _template(truth: dict[str, Any]) -> str:
    """Forms whose vendor is not labelled: a document each."""
    return str(truth["id"])


def _key(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", name.upper())


def _read(data: bytes, name: str, cache: Path) -> DocumentText | None:
    file = cache / f"{hashlib.sha256(data).hexdigest()}.json"
    if file.exists():
        return DocumentText.model_validate_json(file.read_bytes())
    try:
        text = read_text(data, name, Settings())
    except DocumentRejected:
        return None
    cache.mkdir(parents=True, exist_ok=True)
    file.write_text(text.model_dump_json(), encoding="utf-8")
    return text


def _worn(data: bytes, name: str) -> bytes:
    """A smaller and coarser copy: the recognizer makes about as many mistakes on it as on paper it never saw."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise TrainingError(f"{name} is no picture that can be read")
    small = cv2.resize(picture, None, fx=_WORN_SCALE, fy=_WORN_SCALE, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _WORN_QUALITY])[1])


def _transcript(truth: dict[str, Any]) -> DocumentText:
    """The true lines in their boxes, as if they had been read without a mistake; words share a line's width."""
    lines = [
        Line(words=tuple(_words(text, Box(*map(float, box)))))
        for text, box in zip(truth["text_lines"], truth["boxes"], strict=True)
        if text.strip()
    ]
    around = Box.around([line.box for line in lines])
    page = Page(number=1, width=int(around.x1) + 20, height=int(around.y1) + 20, source="truth", lines=tuple(lines))
    return DocumentText(pages=(page,))


def _words(text: str, box: Box) -> Iterator[Word]:
    step = box.width / len(text)
    for match in re.finditer(r"\S+", text):
        place = Box(box.x0 + match.start() * step, box.y0, box.x0 + match.end() * step, box.y1)
        yield Word(text=match[0], box=place, confidence=0.99)
