import pytest

from ocr_pipeline.structuring.name_lines import candidates_in, neighbours_of, tidy_name
from ocr_pipeline_tests.structuring.typed import RECEIPT, typed_rows


def test_amounts_dates_headings_and_contacts_name_nobody() -> None:
    texts = [candidate.text for candidate in candidates_in(typed_rows(RECEIPT))]
    assert "SUNNY CORNER TRADING SDN BHD" in texts
    assert not {"TEL: 03-1234 5678", "TAX INVOICE", "Date: 05/04/2018", "16.00", "(123456-X)"} & set(texts)


def test_a_registration_number_is_cut_off_and_remembered() -> None:
    (found,) = candidates_in(typed_rows("Oak Bakery S/B (587969-U)"))
    assert (found.text.strip(), found.registered) == ("Oak Bakery S/B", True)
    assert found.run.text == "Oak Bakery S/B"


def test_names_on_later_pages_are_not_looked_for() -> None:
    assert [found.page for found in (c.run for c in candidates_in(typed_rows("Oak Ltd", "Elm Ltd")))] == [1]


def test_a_name_may_go_on_above_and_below() -> None:
    rows = typed_rows("GREEN LEAF\nTEA AND COFFEE\n1, JALAN SATU")
    above, below = neighbours_of(candidates_in(rows)[1], rows)
    assert above is not None
    assert above.text == "GREEN LEAF"
    assert below is None


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("GREEN C0RNER", "GREEN CORNER"),
        ("1NDAH STORE", "INDAH STORE"),
        ("OAK SON BHD", "OAK SDN BHD"),
        ("Oak Sdn Bhd.", "Oak Sdn Bhd."),
        ("- Oak & Sons,", "Oak & Sons"),
        ("B.V.", "B.V."),
        ("", ""),
    ],
)
def test_names_as_meant(read: str, meant: str) -> None:
    assert tidy_name(read) == meant
