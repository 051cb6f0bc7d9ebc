"""The guide docs/kinds.md is true: its example, word for word, takes a purchase order from the file to the tables."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pymupdf
import pytest
from sqlalchemy import text

from ocr_pipeline.documents.model import State
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.kinds.registry import kinds
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.tables import load_outcome
from ocr_pipeline_tests.orchestration.batch_runs import Batches

GUIDE = (Path(__file__).parents[2] / "docs" / "kinds.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


ORDER = """Oak Furniture Ltd
12 Mill Lane, Leeds LS1 4AB

PURCHASE ORDER
PO Number: {number}
Date: 12 March 2026
Deliver by: 1 April 2026

Goods          480.00
Freight         20.00
Total GBP      {total}
"""


def order(number: str = "PO-00417", total: str = "500.00") -> bytes:
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        for row, line in enumerate(ORDER.format(number=number, total=total).splitlines()):
            page.insert_text((60, 60 + 22 * row), line, fontsize=11, fontname="cour")
        return bytes(pdf.tobytes())


@pytest.fixture
def purchase_orders(batches: Batches, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Batches]:
    (source,) = blocks("python")
    (tmp_path / "purchase_orders.py").write_text(source, encoding="utf-8")
    (setting,) = re.findall(r"^OCR_DOCUMENT_KINDS=(\S+)", GUIDE, re.MULTILINE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("OCR_DOCUMENT_KINDS", setting)
    get_settings.cache_clear()
    yield batches
    kinds.cache_clear()
    sys.modules.pop("purchase_orders", None)


def outcomes(batches: Batches, files: dict[str, bytes]) -> dict[str, Outcome]:
    batch = batches.of_files(files)
    batches.run(batch)
    services = batches.services
    documents = services.ledger.batch_documents(batch)
    return {document.file: load_outcome(services.database, document, 60) for document in documents}


def test_a_purchase_order_ends_in_the_tables(purchase_orders: Batches) -> None:
    (shown,) = map(json.loads, blocks("json"))

    outcome = outcomes(purchase_orders, {"order.pdf": order()})["order.pdf"]

    assert (outcome.state, outcome.reasons) == (State.ACCEPTED, ())
    assert outcome.kind == shown["kind"]
    assert shown["fields"].items() <= outcome.fields.items()
    assert outcome.evidence["po_number"].words == ("PO-00417",)
    (query,) = blocks("sql")
    with purchase_orders.services.database.connect() as connection:
        (row,) = connection.execute(text(query)).all()
        extra = connection.scalar(text("SELECT extra FROM documents"))
    assert (str(row[1]), row[2]) == ("500.00", "PO-00417")
    own = ("po_number", "deliver_by", "goods", "freight")
    assert extra == {name: shown["fields"][name] for name in own}


def test_its_own_rules_send_it_to_review(purchase_orders: Batches) -> None:
    found = outcomes(purchase_orders, {"number.pdf": order(number="X-17"), "sum.pdf": order(total="600.00")})

    codes = {file: [(reason.code, reason.field) for reason in outcome.reasons] for file, outcome in found.items()}
    assert codes == {"number.pdf": [("other_form", "po_number")], "sum.pdf": [("sums_disagree", "total")]}
    assert {outcome.state for outcome in found.values()} == {State.NEEDS_REVIEW}
