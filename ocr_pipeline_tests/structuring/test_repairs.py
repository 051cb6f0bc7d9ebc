import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.structuring.repairs import repaired_address, repaired_name


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("RAPID RAIL SDT! BHD", "RAPID RAIL SDN BHD"),
        ("SUPER SEVEN SEN BHD", "SUPER SEVEN SDN BHD"),
        ("SUPER SEVEN SDN 3HD", "SUPER SEVEN SDN BHD"),
        ("Happy Foods Sdn. Bho", "Happy Foods Sdn. Bhd"),
        ("H0TEL 1NDAH", "HOTEL INDAH"),
        ("San Bernardino Bakery", "San Bernardino Bakery"),
    ],
)
def test_names(printed: str, meant: str) -> None:
    assert repaired_name(printed) == meant


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("N0.12, J1N Permas", "NO.12, JLN Permas"),
        ("MO. 1 Jalan Euro", "NO. 1 Jalan Euro"),
        ("4015O SHAH ALAM", "40150 SHAH ALAM"),
        ("York Y01 7HH", "York YO1 7HH"),
        ("D-80333 München", "80333 München"),
        ("HOME STREET 4", "HOME STREET 4"),
    ],
)
def test_addresses(printed: str, meant: str) -> None:
    assert repaired_address(printed) == meant


@given(st.text(max_size=60))
def test_what_is_right_stays_so(text: str) -> None:
    assert repaired_name(repaired_name(text)) == repaired_name(text)
    assert repaired_address(repaired_address(text)) == repaired_address(text)
