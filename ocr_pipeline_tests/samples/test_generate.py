import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat

from ocr_pipeline.documents.intake import Limits, read_raw
from ocr_pipeline.documents.model import RawDocument
from ocr_pipeline.samples import catalogue
from ocr_pipeline.samples.facts import draw_facts
from ocr_pipeline.samples.generate import Sample, compose, generate
from ocr_pipeline.settings import Settings

KINDS = 12


@pytest.fixture(scope="module")
def many() -> list[tuple[Sample, bytes]]:
    return [compose(Path(), seed, index) for seed in (0, 1) for index in range(KINDS)]


def test_the_same_seed_makes_the_same_bytes_and_another_seed_other_documents(tmp_path: Path) -> None:
    for folder, seed in (("a", 5), ("b", 5), ("c", 6)):
        generate(tmp_path / folder, seed)
    contents = {f: {p.name: p.read_bytes() for p in (tmp_path / f).iterdir()} for f in "abc"}
    assert contents["a"] == contents["b"]
    assert contents["a"].keys() == contents["c"].keys()
    assert all(contents["a"][name] != contents["c"][name] for name in contents["a"])


def test_the_default_set_has_every_file_type_and_kind(tmp_path: Path) -> None:
    samples = generate(tmp_path)
    assert len(samples) == KINDS
    assert {sample.path.suffix for sample in samples} == {".jpg", ".png", ".tif", ".webp", ".pdf"}
    assert {sample.kind for sample in samples} == {"receipt", "invoice", "letter"}
    assert {sample.fields.get("currency") for sample in samples} == {"USD", "GBP", "EUR", "MYR", None}
    assert any(sample.pages > 2 for sample in samples)


def test_a_count_gives_as_many_different_documents(tmp_path: Path) -> None:
    samples = generate(tmp_path / "new" / "folder", seed=2, count=KINDS + 3)
    assert len({sample.id for sample in samples}) == KINDS + 3
    assert len({sample.path.read_bytes() for sample in samples}) == KINDS + 3
    assert generate(tmp_path / "none", count=0) == []


def test_truth_lines_tell_what_the_samples_say(tmp_path: Path) -> None:
    samples = generate(tmp_path, count=5)
    lines = (tmp_path / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    for sample, line in zip(samples, lines, strict=True):
        truth = json.loads(line)
        assert truth.keys() == {"id", "file", "kind", "pages", "text_lines", "fields"}
        assert tmp_path / truth["file"] == sample.path
        assert truth["fields"] == sample.fields
        assert truth["fields"]["total_raw"] in truth["text_lines"]


def test_sums_agree(many: list[tuple[Sample, bytes]]) -> None:
    for sample, _ in many:
        fields: dict[str, Any] = sample.fields
        if sample.kind == "letter":
            assert "total" not in fields
            continue
        items = fields["line_items"]
        assert all(Decimal(item["quantity"]) * Decimal(item["unit_price"]) == Decimal(item["amount"]) for item in items)
        subtotal, tax = Decimal(fields["extra"]["subtotal"]), Decimal(fields["extra"]["tax"])
        assert sum(Decimal(item["amount"]) for item in items) == subtotal
        assert subtotal + tax == Decimal(fields["total"])


def test_every_value_is_printed(many: list[tuple[Sample, bytes]]) -> None:
    for sample, _ in many:
        text = "\n".join(sample.text_lines)
        for name in ("vendor_name", "document_date_raw", "total_raw", "invoice_number"):
            assert str(sample.fields.get(name, "")) in text, (sample.id, name)
        street, _, town = str(sample.fields["vendor_address"]).rpartition(", ")
        assert town in text
        assert street.split(",")[0] in text


def test_whatever_the_seed_the_samples_are_accepted() -> None:
    limits = Limits.of(Settings())
    for seed in range(10, 14):
        for index in (2, 6, 9, 11):
            sample, data = compose(Path(), seed, index)
            outcome = read_raw(data, sample.path.name, limits)
            assert isinstance(outcome, RawDocument)
            assert outcome.page_count == sample.pages


def test_a_load_of_samples_is_made_quickly() -> None:
    start = time.process_time()
    for index in range(KINDS):
        compose(Path(), 3, index)
    assert time.process_time() - start < 0.25 * KINDS


@pytest.mark.parametrize("country", [catalogue.UNITED_KINGDOM, catalogue.GERMANY])
def test_tax_ids_hold_their_checksum(country: catalogue.Country) -> None:
    for seed in range(50):
        tax_id = draw_facts(np.random.default_rng(seed), country, 0, 1).tax_id
        number = tax_id.removeprefix("VAT Reg No ").removeprefix("USt-IdNr. ")
        assert eu_vat.is_valid(number) or gb_vat.is_valid(number)
