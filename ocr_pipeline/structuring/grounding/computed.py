"""Sums of a document that no word gives, but that follow from those that words give."""

from itertools import combinations

from ocr_pipeline.documents.model import Evidence, Field
from ocr_pipeline.kinds.values import amount_of

_TERMS = ("subtotal", "tax", "rounding")
"""What adds up to the total; documents may lack any of them, and a subtotal may hold the tax already."""


def computation(name: str, field: Field, given: dict[str, Field]) -> Evidence | None:
    """How `field`, the sum `name`, follows from at least two others; None where it does not.

    `given` are the fields that the document gives. The longest formula that is right is taken.
    """
    wanted = amount_of(field)
    if wanted is None:
        return None
    for formula in _formulas(name):
        numbers = [amount_of(given[other]) for other, _ in formula if other in given]
        known = [number for number in numbers if number is not None]
        if len(known) == len(formula):
            if sum(sign * number for (_, sign), number in zip(formula, known, strict=True)) != wanted:
                continue
            words = tuple(word for other, _ in formula for word in given[other].evidence.words)
            return Evidence(words=words, computation=_written(formula))
    return None


def _formulas(name: str) -> list[list[tuple[str, int]]]:
    """Names with their signs, at least two, the longest formula first."""
    if name not in {"total", *_TERMS}:
        return []
    first, sign = ("subtotal", 1) if name == "total" else ("total", -1)
    others = [term for term in _TERMS if term not in {name, first}]
    chosen = [terms for size in range(len(others), 0, -1) for terms in combinations(others, size)]
    needs_subtotal = name in {"tax", "rounding"}
    return [
        [(first, 1), *((term, sign) for term in terms)] for terms in chosen if not needs_subtotal or "subtotal" in terms
    ]


def _written(formula: list[tuple[str, int]]) -> str:
    return formula[0][0] + "".join(f" {'+' if sign > 0 else '-'} {name}" for name, sign in formula[1:])
