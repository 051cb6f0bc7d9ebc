"""Records whose every value is given by the document's words."""

from functools import cached_property

from ocr_pipeline.documents.model import DocumentText, Evidence, Field, LineItem, Record, Support
from ocr_pipeline.kinds.kind import DocumentKind, FieldType
from ocr_pipeline.structuring.grounding.computed import computation
from ocr_pipeline.structuring.grounding.gives import look_alikes, score
from ocr_pipeline.structuring.grounding.locate import WordIndex

_NUMBERS = ("quantity", "unit_price", "amount")


def ground(record: Record, text: DocumentText, kind: DocumentKind) -> Record:
    """`record` with every value given by the words that are its evidence.

    A value keeps its evidence where that gives it, and is looked for in the whole document where it does not. What is
    not found moves to `Record.unsupported`, unless it stands in an attachment, or is a sum that follows from others:
    then the computation is its evidence, and its `support` is COMPUTED. An item goes whole when its description goes;
    the numbers of items in `unsupported` are those of `record` as it came.
    """
    ground_in = _Ground(text)
    types = {name: spec.type if (spec := kind.field(name)) else FieldType.TEXT for name in record.fields}
    given = {
        name: found
        for name, field in record.fields.items()
        if (found := ground_in.given(field, field.value, types[name])) is not None
    }
    fields: dict[str, Field] = {}
    unsupported = dict(record.unsupported)
    for name, field in record.fields.items():
        if name in given:
            fields[name] = given[name]
        elif (evidence := computation(name, field, given)) is not None:
            update = {"evidence": evidence, "support": Support.COMPUTED, "alternatives": ()}
            fields[name] = field.model_copy(update=update)
        else:
            unsupported[name] = field.value
    items: list[LineItem] = []
    for number, item in enumerate(record.line_items):
        found_item, missing = ground_in.given_item(item)
        items += [found_item] if found_item is not None else []
        unsupported |= {f"line_items[{number}].{part}": value for part, value in missing.items()}
    return record.model_copy(update={"fields": fields, "line_items": tuple(items), "unsupported": unsupported})


class _Ground:
    """One document, against which values are held."""

    def __init__(self, text: DocumentText) -> None:
        self._text = text

    def given(self, field: Field, value: str, field_type: FieldType) -> Field | None:
        """`field` with words that give `value`, which is its value in the form to compare; None where none do."""
        if field.evidence.attachment is not None:
            return field
        alternatives = tuple(
            reading
            for reading in field.alternatives
            if reading.evidence.attachment is not None
            or self._wrong_in(reading.evidence, reading.value, field_type) is not None
        )
        field = field.model_copy(update={"alternatives": alternatives})
        wrong = self._wrong_in(field.evidence, value, field_type)
        if wrong is not None:
            support = Support.CORRECTED if wrong else Support.SUPPORTED
            return _weighed(field, field.evidence, support, score(wrong))
        located = self._index.locate(value, field_type, self._lines_at(field.evidence))
        return _weighed(field, located.evidence, located.support, located.score) if located else None

    def given_item(self, item: LineItem) -> tuple[LineItem | None, dict[str, str]]:
        """The item without the parts that no words give, None without its description; and those parts' values."""
        description = self.given(item.description, item.description.value, FieldType.TEXT)
        if description is None:
            return None, {"description": item.description.value}
        parts: dict[str, Field | None] = {}
        missing: dict[str, str] = {}
        for name in _NUMBERS:
            part: Field | None = getattr(item, name)
            parts[name] = self.given(part, _shortest(part.value), FieldType.AMOUNT) if part else None
            if part and parts[name] is None:
                missing[name] = part.value
        return item.model_copy(update={"description": description} | parts), missing

    @cached_property
    def _index(self) -> WordIndex:
        return WordIndex(self._text)

    @cached_property
    def _words_of(self) -> dict[int, set[str]]:
        return {page.number: {word.text for line in page.lines for word in line.words} for page in self._text.pages}

    def _wrong_in(self, evidence: Evidence, value: str, field_type: FieldType) -> int | None:
        """How many characters must be put right for this evidence to give `value`; None where it does not.

        Words that are not on its page are no evidence.
        """
        if evidence.page is None or evidence.box is None:
            return None
        if not self._words_of.get(evidence.page, set()).issuperset(evidence.words):
            return None
        return look_alikes(evidence.words, value, field_type)

    def _lines_at(self, evidence: Evidence) -> list[int]:
        """Numbers of the lines that evidence which does not give its value points at."""
        box = evidence.box
        if box is None:
            return []
        lines = ((page.number, line.box) for page in self._text.pages for line in page.lines)
        return [
            number
            for number, (page, line) in enumerate(lines)
            if page == evidence.page and line.x0 < box.x1 and box.x0 < line.x1 and line.y0 < box.y1 and box.y0 < line.y1
        ]


def _weighed(field: Field, evidence: Evidence, support: Support, weight: float) -> Field:
    """The field with its evidence; `weight` lowers its confidence, once however often it is grounded."""
    if field.support is not Support.CORRECTED:
        field = field.model_copy(update={"confidence": round(field.confidence * weight, 4)})
    return field.model_copy(update={"evidence": evidence, "support": support})


def _shortest(number: str) -> str:
    """Without noughts behind the point: in a table ``2`` may be printed for 2.00."""
    return number.rstrip("0").rstrip(".") if "." in number else number
