from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Box, Evidence, Field
from ocr_pipeline.structuring.grounding.computed import computation


def field(value: str) -> Field:
    return Field(value=value, confidence=0.9, evidence=Evidence(page=1, box=Box(0, 0, 1, 1), words=("RM", value)))


def fields(**amounts: str) -> dict[str, Field]:
    return {name: field(value) for name, value in amounts.items()}


@pytest.mark.parametrize(
    ("name", "value", "given_fields", "formula", "words"),
    [
        ("total", "10.60", {"subtotal": "10.00", "tax": "0.60"}, "subtotal + tax", "RM 10.00 RM 0.60"),
        (
            "total", "10.65", {"subtotal": "10.00", "tax": "0.60", "rounding": "0.05"},
            "subtotal + tax + rounding", "RM 10.00 RM 0.60 RM 0.05",
        ),
        ("total", "9.95", {"subtotal": "10.00", "rounding": "-0.05"}, "subtotal + rounding", "RM 10.00 RM -0.05"),
        # The subtotal holds the tax.
        (
            "total", "9.95", {"subtotal": "10.00", "tax": "0.57", "rounding": "-0.05"},
            "subtotal + rounding", "RM 10.00 RM -0.05",
        ),
        ("subtotal", "10.00", {"total": "10.60", "tax": "0.60"}, "total - tax", "RM 10.60 RM 0.60"),
        ("tax", "0.60", {"total": "10.60", "subtotal": "10.00"}, "total - subtotal", "RM 10.60 RM 10.00"),
        (
            "rounding", "-0.01", {"total": "10.60", "subtotal": "10.00", "tax": "0.61"},
            "total - subtotal - tax", "RM 10.60 RM 10.00 RM 0.61",
        ),
    ],
)  # fmt: skip
def test_sums_follow_from_others(name: str, value: str, given_fields: dict[str, str], formula: str, words: str) -> None:
    evidence = computation(name, field(value), fields(**given_fields))
    assert evidence is not None
    assert evidence.computation == formula
    assert " ".join(evidence.words) == words
    assert (evidence.page, evidence.box) == (None, None)


@pytest.mark.parametrize(
    ("name", "value", "given_fields"),
    [
        ("total", "10.61", {"subtotal": "10.00", "tax": "0.60"}),
        ("total", "10.00", {"subtotal": "10.00"}),
        ("subtotal", "10.00", {"total": "10.00"}),
        ("tax", "10.00", {"total": "10.00", "rounding": "0.00"}),
        ("total", "ten", {"subtotal": "10.00", "tax": "0.60"}),
        ("total", "10.60", {"subtotal": "ten", "tax": "0.60"}),
        ("total", "sNaN", {"subtotal": "10.00", "tax": "0.60"}),
        ("total", "10.60", {"subtotal": "Infinity", "tax": "-Infinity"}),
        ("total", "10.60", {"subtotal": "9e999999", "tax": "9e999999"}),
        ("cash", "10.60", {"subtotal": "10.00", "tax": "0.60"}),
    ],
)
def test_others_do_not(name: str, value: str, given_fields: dict[str, str]) -> None:
    assert computation(name, field(value), fields(**given_fields)) is None


CENTS = st.integers(1, 10**7).map(lambda cents: Decimal(cents) / 100)


@given(CENTS, CENTS, st.sampled_from(["subtotal", "tax", "total"]))
def test_any_one_of_three(subtotal: Decimal, tax: Decimal, name: str) -> None:
    amounts = {"subtotal": f"{subtotal}", "tax": f"{tax}", "total": f"{subtotal + tax}"}
    value = amounts.pop(name)
    assert computation(name, field(value), fields(**amounts)) is not None
    assert computation(name, field(f"{Decimal(value) + 1}"), fields(**amounts)) is None
