"""What is learned from, and how often each line comes in a round."""

from collections.abc import Iterator, Sequence

from training.alphabet import Labels
from training.lines import Collection, LabelledLine
from training.tune import Example

RECEIPTS = Collection("sroie", is_upper_case=True, is_print=True)
LETTERS = Collection("stanford_letters", marks="⟦⟧^")

_PRINTED = {"Print", "Typewritten"}
_TIMES_PRINTED = 8
_TIMES_HANDWRITTEN = 4
"""Lines of letters are few, so they come several times; lines of receipts, and those made up, once."""


def mix(
    receipts: Sequence[LabelledLine], letters: Sequence[LabelledLine], made_up: Sequence[LabelledLine], labels: Labels
) -> list[Example]:
    """Lines that are held out, or whose text `labels` cannot write, are not in it."""
    repeated = [*receipts, *_repeated(letters), *made_up]
    known = [(line, labels.of(line.text)) for line in repeated if not line.is_held_out]
    return [Example(line, of_line) for line, of_line in known if of_line is not None]


def _repeated(letters: Sequence[LabelledLine]) -> Iterator[LabelledLine]:
    """A line found as one may have parts of both kinds; signatures alone are not learned."""
    for line in letters:
        times = _TIMES_PRINTED * bool(line.kinds & _PRINTED) + _TIMES_HANDWRITTEN * ("Handwritten" in line.kinds)
        yield from [line] * times
