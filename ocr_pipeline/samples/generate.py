"""Sample documents with known truth, made from a seed: no file is needed, and nobody's data."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.samples import catalogue, files, wear
from ocr_pipeline.samples.catalogue import Country
from ocr_pipeline.samples.facts import Facts, draw_facts
from ocr_pipeline.samples.factur_x import FILE_NAME, factur_x
from ocr_pipeline.samples.invoice import invoice
from ocr_pipeline.samples.letter import letter
from ocr_pipeline.samples.receipt import receipt
from ocr_pipeline.samples.sheet import Sheet

Kind = Literal["receipt", "invoice", "letter"]
_FOOD, _HARDWARE, _OFFICE = range(3)
_LETTER_FIELDS = ("vendor_name", "vendor_address", "document_date", "document_date_raw")
_RECEIPT_STRETCH = 1.25
"""Receipt printers' letters are narrow and high."""


@dataclass(frozen=True)
class Sample:
    """One document on disk and what is printed on it; `fields` are those of a truth.jsonl."""

    id: str
    path: Path
    kind: Kind
    pages: int
    text_lines: tuple[str, ...]
    fields: dict[str, object]

    def truth_line(self, folder: Path) -> str:
        """Its line of ``truth.jsonl`` in `folder`."""
        truth = {
            "id": self.id, "file": self.path.relative_to(folder).as_posix(), "kind": self.kind, "pages": self.pages,
            "text_lines": self.text_lines, "fields": self.fields,
        }  # fmt: skip
        return json.dumps(truth, ensure_ascii=False)


Layout = Callable[[np.random.Generator, Facts], list[Sheet]]
Finish = Callable[[np.random.Generator, list[Sheet], Facts], bytes]


@dataclass(frozen=True)
class _Recipe:
    name: str
    extension: str
    kind: Kind
    country: Country
    trade: int
    items: tuple[int, int]
    """Fewest and most items."""
    layout: Layout
    finish: Finish


def generate(folder: Path, seed: int = 0, count: int | None = None) -> list[Sample]:
    """Writes `count` documents and their ``truth.jsonl`` into `folder`, which is made where it is missing.

    Without `count` there is one of every kind. With it the kinds come in turn, each time with other contents. The
    same seed makes the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    samples = []
    for index in range(len(_RECIPES) if count is None else count):
        sample, data = compose(folder, seed, index)
        sample.path.write_bytes(data)
        samples.append(sample)
    lines = "".join(sample.truth_line(folder) + "\n" for sample in samples)
    (folder / "truth.jsonl").write_text(lines, encoding="utf-8")
    return samples


def compose(folder: Path, seed: int, index: int) -> tuple[Sample, bytes]:
    """The document that `generate` writes at place `index` (from 0), and its bytes; nothing is written."""
    recipe, rng, facts, sheets = _laid_out(seed, index)
    data = recipe.finish(rng, sheets, facts)
    fields = facts.truth()
    if recipe.kind == "letter":
        fields = {name: fields[name] for name in _LETTER_FIELDS}
    identifier = f"{index + 1:04d}-{recipe.name}"
    path = folder / f"{identifier}.{recipe.extension}"
    lines = tuple(line for sheet in sheets for line in sheet.lines)
    return Sample(identifier, path, recipe.kind, len(sheets), lines, fields), data


def clean_pages(seed: int, index: int, dpi: int) -> tuple[tuple[str, ...], list[Pixels]]:
    """What `compose` prints with the same seed and index, line by line, and its pages as nobody has handled them."""
    recipe, _, _, sheets = _laid_out(seed, index)
    stretch = _RECEIPT_STRETCH if recipe.kind == "receipt" else 1.0
    return tuple(line for sheet in sheets for line in sheet.lines), wear.render(sheets, dpi, stretch)


def _laid_out(seed: int, index: int) -> tuple[_Recipe, np.random.Generator, Facts, list[Sheet]]:
    """The document's recipe, the generator as it is after drawing, what was drawn, and its sheets."""
    recipe = _RECIPES[index % len(_RECIPES)]
    rng = np.random.Generator(np.random.PCG64([seed, index]))
    fewest, most = recipe.items
    facts = draw_facts(rng, recipe.country, recipe.trade, int(rng.integers(fewest, most + 1)))
    return recipe, rng, facts, recipe.layout(rng, facts)


def _one_receipt(rng: np.random.Generator, facts: Facts) -> list[Sheet]:
    return [receipt(rng, facts)]


def _one_letter(rng: np.random.Generator, facts: Facts) -> list[Sheet]:
    return [letter(rng, facts)]


def _photo(rng: np.random.Generator, sheets: list[Sheet], _: Facts) -> bytes:
    return files.jpeg(wear.photographed(rng, wear.render(sheets, 270, _RECEIPT_STRETCH)[0]), 72, 72)


def _sideways_photo(rng: np.random.Generator, sheets: list[Sheet], _: Facts) -> bytes:
    return files.jpeg_held_sideways(wear.photographed(rng, wear.render(sheets, 270, _RECEIPT_STRETCH)[0]), 78)


def _thermal_jpeg(rng: np.random.Generator, sheets: list[Sheet], _: Facts) -> bytes:
    return files.jpeg(wear.thermal(rng, wear.render(sheets, 250, _RECEIPT_STRETCH)[0]), 75, 200)


def _faint_jpeg(rng: np.random.Generator, sheets: list[Sheet], _: Facts) -> bytes:
    return files.jpeg(wear.thermal(rng, wear.render(sheets, 270, _RECEIPT_STRETCH)[0], faint=True), 80, 200)


def _thermal_png(rng: np.random.Generator, sheets: list[Sheet], _: Facts) -> bytes:
    return files.png(wear.thermal(rng, wear.render(sheets, 230, _RECEIPT_STRETCH)[0]), 200)


def _photo_webp(rng: np.random.Generator, sheets: list[Sheet], _: Facts) -> bytes:
    return files.webp(wear.photographed(rng, wear.render(sheets, 240, _RECEIPT_STRETCH)[0]), 80)


def _fax(rng: np.random.Generator, sheets: list[Sheet], _: Facts) -> bytes:
    return files.fax_tiff([wear.faxed(rng, page) for page in wear.render(sheets, 200)], 200)


def _digital_pdf(_: np.random.Generator, sheets: list[Sheet], facts: Facts) -> bytes:
    return files.pdf(sheets, facts.day)


def _electronic_pdf(_: np.random.Generator, sheets: list[Sheet], facts: Facts) -> bytes:
    return files.pdf(sheets, facts.day, {FILE_NAME: factur_x(facts)})


def _scanned_pdf(rng: np.random.Generator, sheets: list[Sheet], facts: Facts) -> bytes:
    return files.pdf_of_scans([wear.scanned(rng, page) for page in wear.render(sheets, 150)], 150, facts.day)


def _scanned_png(rng: np.random.Generator, sheets: list[Sheet], _: Facts) -> bytes:
    return files.png(wear.scanned(rng, wear.render(sheets, 150)[0]), 150)


_US, _UK, _DE, _MY = catalogue.UNITED_STATES, catalogue.UNITED_KINGDOM, catalogue.GERMANY, catalogue.MALAYSIA
_RECIPES = (
    _Recipe("receipt-photo", "jpg", "receipt", _US, _FOOD, (3, 6), _one_receipt, _photo),
    _Recipe("receipt-thermal", "jpg", "receipt", _MY, _FOOD, (4, 8), _one_receipt, _thermal_jpeg),
    _Recipe("invoice-digital", "pdf", "invoice", _DE, _OFFICE, (4, 9), invoice, _electronic_pdf),
    _Recipe("receipt-scan", "png", "receipt", _UK, _HARDWARE, (3, 7), _one_receipt, _thermal_png),
    _Recipe("invoice-scan", "pdf", "invoice", _US, _OFFICE, (4, 9), invoice, _scanned_pdf),
    _Recipe("receipt-webp", "webp", "receipt", _DE, _FOOD, (3, 6), _one_receipt, _photo_webp),
    _Recipe("invoice-long", "pdf", "invoice", _UK, _OFFICE, (60, 85), invoice, _digital_pdf),
    _Recipe("receipt-faint", "jpg", "receipt", _MY, _HARDWARE, (3, 6), _one_receipt, _faint_jpeg),
    _Recipe("letter", "png", "letter", _UK, _OFFICE, (1, 1), _one_letter, _scanned_png),
    _Recipe("invoice-fax", "tif", "invoice", _US, _HARDWARE, (26, 38), invoice, _fax),
    _Recipe("receipt-sideways", "jpg", "receipt", _UK, _FOOD, (3, 6), _one_receipt, _sideways_photo),
    _Recipe("invoice-small", "pdf", "invoice", _MY, _HARDWARE, (2, 5), invoice, _digital_pdf),
)
