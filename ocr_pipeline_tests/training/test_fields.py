import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from ocr_pipeline.documents.model import DocumentText
from ocr_pipeline.kinds.receipt import RECEIPT
from ocr_pipeline.structuring.cpu_engine import CpuEngine
from ocr_pipeline.structuring.ranking.models import RANKED, SURE_BY_TREES, load_models, save_models
from ocr_pipeline_tests.drawing import drawn
from ocr_pipeline_tests.structuring.typed import typed
from training.errors import TrainingError
from training.fields.__main__ import main
from training.fields.documents import LabelledDocument, load
from training.fields.examples import Example, examples, roles_in, target
from training.fields.fit import Fitted, fit, folds

_app = typer.Typer()
_app.command()(main)

TREES = ("OAK", "ELM", "ASH", "FIR", "YEW", "LIME", "PINE", "PLUM", "PEAR", "PALM", "TEAK", "CEDAR")
TRADES = ("BAKERY", "HARDWARE", "BOOKS", "MOTORS")
TOWNS = ("KAJANG", "KLANG", "IPOH")

_LAYOUTS = (
    """
          {name}
          {street},
          {town}
          TEL: 03-1234 5678
    TAX INVOICE
    Invoice No: {number}      Date: {printed}
    Tea               {first}
    Rice              {second}
    Total             {total}
    Cash              {cash}
    Change            {change}
    """,
    """
       {name}
       {street}, {town}
    Receipt
    {printed}  Receipt No: {number}
    Paper             {first}
    Pens              {second}
    Grand Total  RM   {total}
    """,
)


def made(number: int) -> LabelledDocument:
    rng = np.random.default_rng(number)
    first, second = (int(cents) for cents in rng.integers(100, 9000, 2))
    total = first + second
    street, town = f"NO {number + 1}, JALAN {TREES[-1 - number % 12]}", f"{43000 + number} {TOWNS[number % 3]}"
    name = f"{TREES[number % 12]} {TRADES[number % 4]} SDN BHD"
    amounts = {"first": first, "second": second, "total": total, "cash": total + 500, "change": 500}
    printed = {key: f"{cents / 100:.2f}" for key, cents in amounts.items()}
    day, code = 1 + number % 28, f"R{10000 + number}"
    text = _LAYOUTS[number % 2].format(
        name=name, street=street, town=town, number=code, printed=f"{day:02}/11/2018", **printed
    )
    fields = {
        "vendor_name": name,
        "vendor_address": f"{street}, {town}",
        "document_date": f"2018-11-{day:02}",
        "invoice_number": code,
        "total": printed["total"],
    }
    return LabelledDocument(f"made-{number}", name, "made", "read", typed(text, confidence=0.98), fields)


@pytest.fixture(scope="module")
def found() -> list[Example]:
    return examples([made(number) for number in range(48)])


@pytest.fixture(scope="module")
def fitted(found: list[Example]) -> Fitted:
    return fit(found)


@pytest.fixture(scope="module")
def weights(fitted: Fitted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    save_models(fitted.lines, fitted.boosters, fitted.judges, folder)
    return folder


def test_what_was_learned_is_right_on_vendors_that_were_left_out(fitted: Fitted) -> None:
    for field in ("document_date", *RANKED):
        chosen = [choice for choice in fitted.chosen if choice.field == field]
        assert len(chosen) == 48
        assert all(choice.is_reachable for choice in chosen)
        assert sum(choice.is_right for choice in chosen) >= 45, field


def test_the_engine_reads_documents_with_what_was_saved(weights: Path) -> None:
    engine = CpuEngine(weights)
    for number in (100, 101, 102, 103):
        document = made(number)
        fields = engine.structure(document.text, RECEIPT).fields
        for name in ("vendor_name", "vendor_address", "document_date", "total"):
            assert fields[name].value == document.fields[name]
            assert fields[name].confidence > 0.5


def test_models_come_back_as_they_were_saved(fitted: Fitted, weights: Path) -> None:
    loaded = load_models(weights)
    assert np.allclose(loaded.lines.weights, fitted.lines.weights, atol=0.01)
    assert set(loaded.rankers) == {"document_date", *RANKED}
    for field in RANKED:
        assert tuple(fitted.boosters[field].feature_name()) == RANKED[field]
        assert (f"{field}_confidence" in fitted.boosters) is (field in SURE_BY_TREES)


def test_two_fits_give_the_same_files(found: list[Example], weights: Path, tmp_path: Path) -> None:
    again = fit(found)
    save_models(again.lines, again.boosters, again.judges, tmp_path)
    files = sorted(path.name for path in weights.iterdir())
    assert files == sorted(path.name for path in tmp_path.iterdir())
    for name in files:
        assert (weights / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_no_vendor_is_learned_from_and_checked_on_at_once(found: list[Example]) -> None:
    vendors = [example.document.vendor for example in found]
    times_checked = [0] * len(found)
    for learned, checked in folds(found):
        assert not {vendors[index] for index in learned} & {vendors[index] for index in checked}
        assert sorted([*learned, *checked]) == list(range(len(found)))
        for index in checked:
            times_checked[index] += 1
    assert set(times_checked) == {1}


def test_documents_of_one_vendor_and_generated_ones_weigh_less() -> None:
    documents = [made(0), made(12), made(1)]
    assert [example.weight for example in examples(documents)] == pytest.approx([0.5**0.5, 0.5**0.5, 1.0])
    generated = LabelledDocument("s", "OAK", "samples", "read", typed("Oak Ltd"), {})
    without_text = LabelledDocument("w", "ELM", "made", "read", DocumentText(pages=()), {})
    assert [example.weight for example in examples([generated, without_text])] == [0.3]


def test_what_is_right_about_lines_and_candidates() -> None:
    (example,) = examples([made(0)])
    roles = dict(roles_in(example))
    assert roles["OAK BAKERY SDN BHD"] == (True, False, False, False, False)
    assert roles["Date: 01/11/2018"][2] is True
    total = example.document.fields["total"]
    assert roles[f"Total {total}"][3] is True
    assert target("total", total, example) == 1
    assert target("total", "0.01", example) == 0
    assert target("vendor_address", "NO 1, JALAN CEDAR, 43000 K4JANG", example) == 1  # in the right place, misread
    assert target("vendor_name", "ELM HARDWARE SDN BHD", example) == 0


def test_of_unlabelled_fields_no_role_is_known() -> None:
    (example,) = examples([LabelledDocument("x", "x", "made", "read", typed("Oak Ltd\nTotal 5.00"), {"total": "5.00"})])
    assert dict(roles_in(example))["Total 5.00"] == (None, None, None, True, None)


def test_too_little_to_learn_from() -> None:
    with pytest.raises(TrainingError, match="fewer than 5 vendors"):
        fit(examples([made(0), made(1)]))
    documents = [made(number) for number in range(12)]
    unnumbered = [
        LabelledDocument(d.id, d.vendor, d.source, d.view, d.text, {**d.fields, "invoice_number": None})
        for d in documents
    ]
    with pytest.raises(TrainingError, match="number"):
        fit(examples(unnumbered))


def _labelled_folder(folder: Path) -> Path:
    page = drawn(800, 600, (60, 80, "OAK BAKERY"), (60, 300, "Total 12.50"), size=32)
    pictures = folder / "shop"
    pictures.mkdir(parents=True)
    cv2.imwrite(str(pictures / "0.png"), page.pixels)
    truth = {
        "id": "0",
        "file": "0.png",
        "fields": {"vendor_name": "OAK BAKERY", "total": "12.50"},
        "text_lines": ["OAK BAKERY", " ", "TOTAL 12.50"],
        "boxes": [[60, 80, 260, 112], [0, 0, 1, 1], [60, 300, 260, 332]],
    }
    shared = truth | {"id": "1", "notes": "same company as a dev receipt"}
    (pictures / "truth.jsonl").write_text("\n".join(json.dumps(line) for line in (truth, shared, {"id": "2"})))
    return folder


def test_pictures_are_read_as_they_are_worn_and_as_transcribed(tmp_path: Path) -> None:
    folder, cache = _labelled_folder(tmp_path / "data"), tmp_path / "cache"
    documents = load(folder, cache)
    assert [(document.id, document.view) for document in documents] == [("0", "read"), ("0", "worn"), ("0", "true")]
    assert {document.vendor for document in documents} == {"OAKBAKERY"}
    read, _, true = documents
    assert "12.50" in " ".join(read.text.lines)
    assert [word.text for word in true.text.words] == ["OAK", "BAKERY", "TOTAL", "12.50"]
    assert [word.box.x0 for word in true.text.words][:2] == [60, 60 + 200 * 4 / 10]
    kept = {path: path.read_bytes() for path in cache.iterdir()}
    assert len(kept) == 2
    assert load(folder, cache) == documents
    assert {path: path.read_bytes() for path in cache.iterdir()} == kept


@pytest.mark.parametrize("exists", [True, False])
def test_what_stops_a_training_is_said(exists: bool, tmp_path: Path) -> None:
    folder = _labelled_folder(tmp_path / "data") if exists else tmp_path / "nowhere"
    arguments = ["--data", folder, "--cache", tmp_path / "cache", "--output", tmp_path / "weights", "--generated", "0"]
    result = CliRunner().invoke(_app, [str(argument) for argument in arguments])
    assert result.exit_code == 1
    assert ("fewer than 5 vendors" if exists else "truth.jsonl") in result.output
    assert not (tmp_path / "weights").exists()
