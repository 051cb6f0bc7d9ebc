"""A long listing, some at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def in_pages(items: Iterable[Item], size: int = 1000) -> Iterator[list[Item]]:
    """Lists of `size` items, the last one maybe shorter; no more than one is taken from `items` ahead of its use."""
    remaining = iter(items)
    while page := list(islice(remaining, size)):
        yield page
