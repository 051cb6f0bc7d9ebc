import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.transcripts import is_plausible, with_case


@pytest.mark.parametrize(
    ("transcript", "seen", "expected"),
    [
        ("INVOICE NO: 12", "Invoice No: 12", "Invoice No: 12"),
        ("INVOICE NO: 12", "lnvoice N: l2", "invoice NO: 12"),
        ("TOTAL", "TOTAL", "TOTAL"),
        ("TOTAL", "", "TOTAL"),
        ("STRASSE 1", "Straße 1", "Strasse 1"),
    ],
)
def test_letters_take_the_case_that_was_seen(transcript: str, seen: str, expected: str) -> None:
    assert with_case(transcript, seen) == expected


@given(st.text(alphabet=st.characters(max_codepoint=0x24F)), st.text(alphabet=st.characters(max_codepoint=0x24F)))
def test_only_the_case_of_letters_changes(transcript: str, seen: str) -> None:
    assert with_case(transcript, seen).lower() == transcript.lower()


def test_a_sure_reader_that_saw_something_else_tells_a_slip() -> None:
    assert not is_plausible("THANK YOU", "CASH 12.50", confidence=0.98)
    assert is_plausible("THANK YOU", "THANKYOU!", confidence=0.98)
    assert is_plausible("THANK YOU", "CASH 12.50", confidence=0.4)
