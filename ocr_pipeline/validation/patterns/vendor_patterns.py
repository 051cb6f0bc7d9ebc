"""A vendor's habits, counted over its accepted documents."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Self, TypeVar

from ocr_pipeline.documents.model import Model
from ocr_pipeline.validation.patterns.date_order import DateOrder
from ocr_pipeline.validation.patterns.lesson import Lesson
from ocr_pipeline.validation.patterns.spelling import skeleton, squash

_Value = TypeVar("_Value", bound=str)
_FEWEST = 3
"""Documents that make a habit; with fewer one slip of a recognizer would pass for it."""
_SHARE = 0.8
"""Of the documents that tell, so many must agree."""


class Habit(NamedTuple):
    value: str
    certainty: float
    """That the next document keeps to it: (agreeing + 1) / (telling + 2), after Laplace; 0.8 with three of three."""


class VendorPatterns(Model):
    """How many documents showed what. A document that does not tell of something is in no count of it."""

    key: str
    """By which the vendor is known, as in `vendor_keys`."""
    documents: int
    date_orders: dict[DateOrder, int]
    currencies: dict[str, int]
    total_labels: dict[str, int]
    vendor_names: dict[str, int]
    vendor_addresses: dict[str, int]

    @classmethod
    def of(cls, key: str, lessons: Iterable[Lesson]) -> Self:
        found = list(lessons)
        return cls(
            key=key,
            documents=len(found),
            date_orders=_counted(lesson.date_order for lesson in found),
            currencies=_counted(lesson.currency for lesson in found),
            total_labels=_counted(lesson.total_label for lesson in found),
            vendor_names=_counted(lesson.vendor_name for lesson in found),
            vendor_addresses=_counted(lesson.vendor_address for lesson in found),
        )

    @property
    def date_order(self) -> Habit | None:
        return _habit(self.date_orders, str)

    @property
    def currency(self) -> Habit | None:
        return _habit(self.currencies, str)

    @property
    def total_label(self) -> Habit | None:
        return _habit(self.total_labels, skeleton)

    @property
    def vendor_name(self) -> Habit | None:
        """In its most frequent spelling; spellings count as one where letters and digits are the same."""
        return _habit(self.vendor_names, squash)

    @property
    def vendor_address(self) -> Habit | None:
        return _habit(self.vendor_addresses, squash)


def _counted(values: Iterable[_Value | None]) -> dict[_Value, int]:
    return dict(Counter(value for value in values if value is not None))


def _habit(counts: Mapping[str, int] | Mapping[DateOrder, int], same: Callable[[str], str]) -> Habit | None:
    """What most documents show, where it is a habit; values for which `same` is equal count together."""
    groups: dict[str, Counter[str]] = {}
    for value, count in counts.items():
        groups.setdefault(same(value), Counter())[value] += count
    if not groups:
        return None
    largest = max(groups.values(), key=Counter.total)
    agreeing, telling = largest.total(), sum(counts.values())
    if agreeing < _FEWEST or agreeing < _SHARE * telling:
        return None
    return Habit(largest.most_common(1)[0][0], (agreeing + 1) / (telling + 2))
