import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from api.batches.csv_tables import cell, documents_csv, items_csv
from ocr_pipeline.documents.model import LineItem, State
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.kinds.registry import SHIPPED
from ocr_pipeline_tests.storage.made import field, verdict


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def outcome(file: str = "a.jpg", total: str = "12.50", description: str = "Kuchen") -> Outcome:
    made = verdict(total)
    record = made.record.model_copy(
        update={"line_items": (LineItem(description=field(description), amount=field(total)),) * 2}
    )
    return Outcome.of("1", file, made.model_copy(update={"record": record}))


def test_a_row_a_document_and_a_column_a_field() -> None:
    waiting = Outcome(id="2", file="b.jpg", state=State.WAITING)
    text = "".join(documents_csv([[outcome()], [waiting]], SHIPPED))
    first, second = rows(text)
    assert (first["id"], first["state"], first["kind"], first["total"]) == ("1", "accepted", "invoice", "12.50")
    assert (second["id"], second["state"], second["kind"], second["total"]) == ("2", "waiting", "", "")
    assert {spec.name for kind in SHIPPED for spec in kind.fields} <= set(first)
    assert text.count("\r\n") == 3


def test_a_row_a_line_item() -> None:
    first, second = rows("".join(items_csv([[outcome()]])))
    assert first == {
        "id": "1",
        "file": "a.jpg",
        "position": "1",
        "description": "Kuchen",
        "quantity": "",
        "unit_price": "",
        "amount": "12.50",
    }
    assert second["position"] == "2"


def test_formulas_are_texts_and_negative_amounts_are_numbers() -> None:
    (row,) = rows("".join(documents_csv([[outcome('=HYPERLINK("http://x","y")', "-3.50")]], SHIPPED)))
    assert (row["file"], row["total"]) == ('\'=HYPERLINK("http://x","y")', "-3.50")
    for text in ("=1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1", "-", "+49 30 1"):
        assert cell(text) == f"'{text}"
    for text in ("-1", "-0.50", "1", "a=1", "", "1-1", "'"):
        assert cell(text) == text


@given(st.text(), st.text())
def test_any_text_comes_back_in_its_own_cell(file: str, description: str) -> None:
    name, description = file.replace("\x00", ""), description.replace("\x00", "")
    made = outcome(name, description=description)
    (row,) = rows("".join(documents_csv([[made]], SHIPPED)))
    item = rows("".join(items_csv([[made]])))[0]
    assert row["file"].removeprefix("'") == name.removeprefix("'")
    assert item["description"].removeprefix("'") == made.line_items[0].description.removeprefix("'")
    assert not row["file"].lstrip(" ").startswith(("=", "+", "@"))
