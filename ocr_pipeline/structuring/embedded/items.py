"""Line items of the XML, with the rows of the page where they stand."""

from collections import defaultdict
from collections.abc import Sequence

from ocr_pipeline.documents.model import DocumentText, Evidence, Field, LineItem
from ocr_pipeline.kinds.kind import FieldType
from ocr_pipeline.structuring.embedded.agreement import Standing, is_alike, is_same
from ocr_pipeline.structuring.embedded.evidence import field_of
from ocr_pipeline.structuring.embedded.invoice import Item, Value
from ocr_pipeline.structuring.grounding.locate import Located, WordIndex

_MOST_SEARCHES = 2000
"""Items that are searched for, times pages on which they are. A file may claim any number of items."""


def line_items(
    items: Sequence[Item], file: str, seen: Sequence[LineItem], text: DocumentText, index: WordIndex
) -> tuple[LineItem, ...]:
    """All items of the XML; `seen` are those that an engine read from the pages, `index` is that of `text`."""
    rows = _Rows(text, index)
    searched = _MOST_SEARCHES // max(1, len(text.pages))
    by_amount: dict[str, list[LineItem]] = defaultdict(list)
    for read in seen:
        if read.amount is not None:
            by_amount[read.amount.value].append(read)
    return tuple(
        _line_item(item, file, _taken(item, by_amount), rows if number < searched else None)
        for number, item in enumerate(items)
    )


class _Rows:
    """The document's lines, to find what stands beside something else."""

    def __init__(self, text: DocumentText, index: WordIndex) -> None:
        self._index = index
        self._lines = [(page.number, line.box.center_y) for page in text.pages for line in page.lines]

    def description(self, value: str) -> Located | None:
        return self._index.locate(value, FieldType.TEXT)

    def level_with(self, place: Evidence) -> list[int]:
        """Indexes of the lines in its row."""
        return [number for number, (page, y) in enumerate(self._lines) if _is_level(page, y, place)]

    def number(self, value: str, lines: list[int], place: Evidence) -> Located | None:
        """A number in the row of `place`, which `lines` are; a quantity of 1 would be found anywhere."""
        located = self._index.locate(value, FieldType.AMOUNT, lines)
        if located is None or located.evidence.page is None or located.evidence.box is None:
            return None
        return located if _is_level(located.evidence.page, located.evidence.box.center_y, place) else None


def _is_level(page: int, y: float, place: Evidence) -> bool:
    return place.box is not None and page == place.page and place.box.y0 <= y <= place.box.y1


def _taken(item: Item, by_amount: dict[str, list[LineItem]]) -> LineItem | None:
    """The first item on the pages with the same amount and description, which then belongs to no other."""
    choices = by_amount.get(item.amount.value, []) if item.amount else []
    for number, choice in enumerate(choices):
        if is_alike(item.description.value, choice.description.value):
            return choices.pop(number)
    return None


def _line_item(item: Item, file: str, seen: LineItem | None, rows: _Rows | None) -> LineItem:
    described = rows.description(item.description.value) if rows else None
    row = rows.level_with(described.evidence) if rows and described else []

    def number(value: Value | None, on_page: Field | None) -> Field | None:
        if value is None:
            return None
        located = rows.number(value.value, row, described.evidence) if rows and described else None
        return _field(value, FieldType.AMOUNT, file, on_page, located)

    return LineItem(
        description=_field(item.description, FieldType.TEXT, file, seen.description if seen else None, described),
        quantity=number(item.quantity, seen.quantity if seen else None),
        unit_price=number(item.unit_price, seen.unit_price if seen else None),
        amount=number(item.amount, seen.amount if seen else None),
    )


def _field(value: Value, field_type: FieldType, file: str, seen: Field | None, located: Located | None) -> Field:
    if seen is not None and is_same(value.value, seen.value, field_type):
        return field_of(value, field_type, file, Standing.AGREES, seen=seen)
    return field_of(value, field_type, file, Standing.PRINTED if located else Standing.ABSENT, located=located)
