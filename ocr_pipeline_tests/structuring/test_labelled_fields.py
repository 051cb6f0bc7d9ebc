import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Field
from ocr_pipeline.kinds.invoice import INVOICE
from ocr_pipeline.kinds.kind import FieldSpec, FieldType
from ocr_pipeline.kinds.receipt import RECEIPT
from ocr_pipeline.structuring.labelled_fields import find_labelled
from ocr_pipeline_tests.structuring.typed import typed_rows

SPECS = {spec.name: spec for kind in (INVOICE, RECEIPT) for spec in kind.fields if spec.labels}


def found_in(text: str, *, day_first: bool = True) -> dict[str, Field]:
    return find_labelled(list(SPECS.values()), typed_rows(text), day_first)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("IBAN: DE89 3704 0044 0532 0130 00   BIC: COBADEFFXXX", "iban", "DE89 3704 0044 0532 0130 00"),
        ("IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX", "iban", "DE89 3704 0044 0532 0130 00"),
        ("IBAN GB29 NWBK 6016 1331 9268 19", "iban", "GB29 NWBK 6016 1331 9268 19"),
        ("USt-IdNr.: DE 811 907 980", "vendor_tax_id", "DE 811 907 980"),
        ("VAT Reg No GB 980 7806 84", "vendor_tax_id", "GB 980 7806 84"),
        ("VAT No to follow", "vendor_tax_id", None),
        ("IBAN (EUR): DE89370400440532013000", "iban", None),
        ("Due Date: 05/04/2018", "due_date", "2018-04-05"),
        ("Invoice Date   Due Date\n05/04/2018     01/05/2018", "due_date", "2018-05-01"),
        ("Due Date\n30 days", "due_date", None),
        ("CASH   20.00\nCHANGE   4.00", "cash", "20.00"),
        ("CASH   20.00\nCHANGE   4.00", "change", "4.00"),
        ("Cash Tendered (RM)   50.00", "cash", "50.00"),
        ("CASHIER   20.00", "cash", None),
        ("GST Reg No : 000123456789", "vendor_tax_id", "000123456789"),
        ("Your  GST ID  000123456789  Tel 03", "vendor_tax_id", "000123456789"),
        ("Rounding Adj   -0.02", "rounding", "-0.02"),
        ("Total   5.00", "rounding", None),
    ],
)
def test_values_by_their_labels(text: str, name: str, value: str | None) -> None:
    found = found_in(text).get(name)
    assert (found and found.value) == value


def test_a_value_below_its_label_is_less_sure_than_one_beside_it() -> None:
    beside, below = (found_in(text)["due_date"] for text in ("Due Date: 05/04/2018", "Due Date\n05/04/2018"))
    assert below.confidence < beside.confidence
    assert below.evidence.words == ("05/04/2018",)


def test_the_document_says_how_its_dates_are_read() -> None:
    assert found_in("Due Date: 05/04/2018", day_first=False)["due_date"].value == "2018-05-04"


def test_the_first_value_counts_and_a_label_without_a_value_is_passed_over() -> None:
    assert found_in("Cash\nBread\nCash   5.00\nCash   7.00")["cash"].value == "5.00"


def test_the_next_page_is_not_below() -> None:
    assert find_labelled([SPECS["due_date"]], typed_rows("Due Date", "05/04/2018"), True) == {}


def test_words_of_a_field_of_any_kind() -> None:
    spec = FieldSpec("buyer", FieldType.TEXT, "Who buys.", labels=("Sold to",))
    assert find_labelled([spec], typed_rows("Sold To : Oak & Sons"), True)["buyer"].value == "Oak & Sons"


def test_without_labels_nothing_is_looked_for() -> None:
    assert find_labelled([FieldSpec("total", FieldType.AMOUNT, "All.")], typed_rows("Total 5.00"), True) == {}


@given(st.text(max_size=120), st.sampled_from(sorted(SPECS)))
def test_whatever_follows_a_label_the_words_say_it(text: str, name: str) -> None:
    rows = typed_rows(f"{SPECS[name].labels[0]}: {text}")
    for field in find_labelled([SPECS[name]], rows, True).values():
        assert set(field.evidence.words) <= {word.text for row in rows for word in row.run.words}
        assert 0 <= field.confidence <= 1
