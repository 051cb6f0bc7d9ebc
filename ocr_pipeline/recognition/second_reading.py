"""Two independent readers of one line: where they agree on a word, it is most probably right."""

from collections.abc import Sequence
from itertools import accumulate

from rapidfuzz.distance import Editop, Levenshtein


def word_agreement(words: Sequence[str], other: str) -> tuple[bool, ...]:
    """Whether each of the words, which follow each other in a line, stands alike in the `other` reading of that line.

    Readings are compared without case and without spaces, which engines place as they please: a word agrees where
    the cheapest edit from one reading to the other neither touches its characters nor puts others in or beside it.
    """
    mine = [_comparable(word) for word in words]
    edits = Levenshtein.editops("".join(mine), _comparable(other))
    ends = list(accumulate(map(len, mine)))
    spans = zip([0, *ends], ends, strict=False)
    return tuple(start < end and not any(_touches(edit, start, end) for edit in edits) for start, end in spans)


def _touches(edit: Editop, start: int, end: int) -> bool:
    """Whether the edit changes one of the characters from `start` to before `end`, or puts one in or beside them."""
    return start <= edit.src_pos < end or (edit.tag == "insert" and edit.src_pos == end)


def _comparable(text: str) -> str:
    return "".join(text.split()).casefold()
