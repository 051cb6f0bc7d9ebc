"""Where words stand on a line of which nothing but the whole box is known."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_WORD = re.compile(r"\S+")


class Share(NamedTuple):
    """A word, and between which shares of the line's width it stands."""

    text: str
    start: float
    end: float


def share_width(text: str) -> Iterator[Share]:
    """The words of a line; every character, spaces too, is taken to be equally wide."""
    for word in _WORD.finditer(text):
        yield Share(word.group(), word.start() / len(text), word.end() / len(text))
