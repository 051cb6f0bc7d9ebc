import pytest

from ocr_pipeline.structuring.line_kinds import address_score, is_contact, is_heading, names_buyer, names_seller


@pytest.mark.parametrize(
    "text", ["NO 12, JALAN MAWAR 3/4,", "43210 KAJANG, SELANGOR", "Birkenweg 7", "Lot 5, Main Road"]
)
def test_lines_of_an_address(text: str) -> None:
    assert address_score(text) >= 0.8


@pytest.mark.parametrize("text", ["SUNNY CORNER TRADING SDN BHD", "Holzwerk Ahorn GmbH", "Thank you"])
def test_lines_of_no_address(text: str) -> None:
    assert address_score(text) < 0.5


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("TEL: 03-1234 5678", True),
        ("GSTID:000123456789", True),
        ("(123456-X)", True),
        ("info@example.com", True),
        ("HOTEL TELUK", False),
    ],
)
def test_contacts(text: str, contact: bool) -> None:
    assert is_contact(text) is contact


@pytest.mark.parametrize(
    ("text", "heading"), [("TAX INVOICE", True), ("Bill", True), ("BILLION STARS", False), ("Rechnung", True)]
)
def test_headings(text: str, heading: bool) -> None:
    assert is_heading(text) is heading


def test_whose_block_begins() -> None:
    assert names_buyer("Bill To:")
    assert names_buyer("Käufer/Leistungsempfänger")
    assert names_seller("Verkäufer:")
    assert not names_buyer("Kundenservice GmbH")
    assert not names_seller("Sold by: Ann at the counter")
