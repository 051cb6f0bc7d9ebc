import pytest

from ocr_pipeline.structuring.ranking.line_looks import NOTHING, looks_of


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("NO 12, JALAN MAWAR, 43210 KAJANG", {"postcode"}),
        ("TEL: 03-1234 5678", {"contact"}),
        ("TAX INVOICE", {"heading"}),
        ("OAK BAKERY SDN BHD (123456-X)", {"legal_form", "ends_registered"}),
        ("(123456-X)", {"contact", "ends_registered", "is_registration"}),
        ("Tea", set()),
    ],
)
def test_what_a_line_looks_like(text: str, signs: set[str]) -> None:
    looks = looks_of(text)
    flags = ("postcode", "contact", "heading", "legal_form", "ends_registered", "is_registration")
    assert {flag for flag in flags if getattr(looks, flag)} == signs


def test_an_address_and_its_characters() -> None:
    looks = looks_of("12, Jalan Mawar")
    assert looks.address > looks_of("Tea").address == 0
    assert (looks.digits, looks.letters) == (2, 12)


def test_an_empty_line_looks_like_nothing() -> None:
    assert looks_of("") == NOTHING
