import pytest

from ocr_pipeline.documents.model import Box, Evidence, Field
from ocr_pipeline.validation.patterns.currency_signs import may_stand_for, shared_sign, sign_for
from ocr_pipeline_tests.structuring.typed import typed


def read(*words: str) -> Field:
    return Field(value="USD", confidence=0.5, evidence=Evidence(page=1, words=words))


@pytest.mark.parametrize(
    ("words", "sign"),
    [
        (["$"], "$"),
        (["$12.50"], "$"),
        (["-$12.50"], "$"),
        (["Rs.12"], "RS"),
        (["Total", "kr"], "KR"),
        (["C$"], None),
        (["US$12.50"], None),
        (["USD"], None),
        (["Chairs"], None),
        (["RM"], None),
        ([], None),
    ],
)
def test_only_a_sign_of_several_currencies_leaves_it_open(words: list[str], sign: str | None) -> None:
    assert shared_sign(read(*words)) == sign


def test_a_sign_stands_for_its_own_currencies() -> None:
    assert may_stand_for("$", "CAD")
    assert not may_stand_for("$", "EUR")
    assert may_stand_for("KR", "DKK")


def test_the_sign_is_found_where_it_is_printed() -> None:
    text = typed("Flour  12.50\nTotal  $ 12.50")
    assert sign_for(text, "CAD") == Evidence(page=1, box=Box(70, 24, 80, 38), words=("$",))
    assert sign_for(text, "EUR") is None
    assert sign_for(typed("Flour US$12.50"), "CAD") is None
