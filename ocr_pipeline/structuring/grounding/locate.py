"""Where in a document a value stands."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ocr_pipeline.documents.model import Box, DocumentText, Evidence, Support
from ocr_pipeline.kinds.kind import FieldType
from ocr_pipeline.structuring.grounding.currencies import is_currency
from ocr_pipeline.structuring.grounding.gives import MEANT, fits, score
from ocr_pipeline.structuring.grounding.keys import key_of
from ocr_pipeline.structuring.grounding.look_alikes import most_look_alikes
from ocr_pipeline.structuring.grounding.mentions import Mention, mentions_in, values_of
from ocr_pipeline.structuring.grounding.runs import Sheet, sheets_of


@dataclass(frozen=True)
class Located:
    """The words that give a value; `support` is SUPPORTED or CORRECTED."""

    evidence: Evidence
    support: Support
    score: float
    """1 where the words give the value as it is; less for every character that had to be put right."""


@dataclass(frozen=True)
class _Place:
    """A place where a value may stand."""

    words: tuple[int, ...]
    """Numbers of the document's words."""
    look_alikes: int
    is_part: bool
    """Of a longer word."""
    vagueness: int
    """0 where it is written just so; more where it could be another value as well."""
    rows: int = 0
    """How many rows it spans, less one."""


class WordIndex:
    """The words of one document, made ready to be searched for many values."""

    def __init__(self, text: DocumentText) -> None:
        self._words = [(page.number, word) for page in text.pages for line in page.lines for word in line.words]
        lines = (line for page in text.pages for line in page.lines)
        self._line_of = [number for number, line in enumerate(lines) for _ in line.words]
        self._text = text
        self._mentions: dict[FieldType, dict[Hashable, list[tuple[Mention, _Place]]]] = {}

    def locate(self, value: str, field_type: FieldType, lines: Sequence[int] = ()) -> Located | None:
        """The best place of `value`, on one page; None where the document does not give it.

        Nothing put right is better than something, a whole word better than a part of one. Then `lines` count: the
        indexes into ``text.lines`` where the value is said to stand. Of places still equal, the one written just
        so, of the fewest words, in the fewest rows; then the last one for an amount and the first one for all else.
        """
        places = list(self._meant(value, field_type) if field_type in MEANT else self._spelled(value))
        if not places:
            return None
        direction = -1 if field_type is FieldType.AMOUNT else 1
        cited = set(lines)
        best = min(
            places,
            key=lambda place: (
                place.look_alikes,
                place.is_part,
                not any(self._line_of[word] in cited for word in place.words),
                place.vagueness,
                len(place.words),
                place.rows,
                direction * place.words[0],
            ),
        )
        support = Support.CORRECTED if best.look_alikes else Support.SUPPORTED
        return Located(self._evidence(best.words), support, score(best.look_alikes))

    @cached_property
    def _sheets(self) -> tuple[Sheet, Sheet]:
        return sheets_of(self._text)

    def _spelled(self, value: str) -> Iterator[_Place]:
        for fold in (False, True):
            allowed = most_look_alikes(len(key_of(tuple(value.split()), fold).characters))
            found = [
                _Place(run.words, run.look_alikes, run.is_part, int(not self._is_exact(run.words, value)), run.rows)
                for sheet in self._sheets
                for run in sheet.spelled(value, fold)
                if run.look_alikes <= allowed
            ]
            if found:
                yield from found
                return

    def _is_exact(self, words: tuple[int, ...], value: str) -> bool:
        return " ".join(self._words[word][1].text for word in words) == value

    def _meant(self, value: str, field_type: FieldType) -> Iterator[_Place]:
        if field_type not in self._mentions:
            self._mentions[field_type] = self._all_mentions(field_type)
        for wanted in values_of(value, field_type):
            for mention, place in self._mentions[field_type].get(wanted, ()):
                if fits(mention, value):
                    yield place

    def _all_mentions(self, field_type: FieldType) -> dict[Hashable, list[tuple[Mention, _Place]]]:
        found: dict[Hashable, list[tuple[Mention, _Place]]] = defaultdict(list)
        for words, text in self._texts:
            for mention in mentions_in(text, field_type):
                place = self._place(mention, words, text)
                for value in mention.values:
                    found[value].append((mention, place))
        return found

    @cached_property
    def _texts(self) -> list[tuple[tuple[int, ...], str]]:
        """Words and text of every row, of its cells, and of the recognized lines that no row holds as they are.

        What stands beside a value in the next cell may look like a part of it: ``17`` beside ``January 01, 2000``.
        """
        page, lines = self._sheets
        following = {pair for words, _ in page.texts for pair in pairwise(words)}
        cells = [(cell.words, cell.run.text) for row in page.rows if len(row) > 1 for cell in row]
        torn = [(words, text) for words, text in lines.texts if not following.issuperset(pairwise(words))]
        return [*page.texts, *cells, *torn]

    def _place(self, mention: Mention, words: tuple[int, ...], text: str) -> _Place:
        first = text.count(" ", 0, mention.start + 1)
        last = text.count(" ", 0, mention.end)
        before = text[text.rfind(" ", 0, mention.start + 1) + 1 : mention.start]
        behind = text[mention.end :].split(" ", 1)[0]
        is_part = any(_is_other(rest) for rest in (before, behind))
        return _Place(words[first : last + 1], mention.look_alikes, is_part, len(mention.values))

    def _evidence(self, numbers: tuple[int, ...]) -> Evidence:
        page = self._words[numbers[0]][0]
        words = [self._words[number][1] for number in numbers]
        return Evidence(
            page=page, box=Box.around([word.box for word in words]), words=tuple(word.text for word in words)
        )


def locate(value: str, field_type: FieldType, text: DocumentText, lines: Sequence[int] = ()) -> Located | None:
    """`WordIndex.locate` for a single value."""
    return WordIndex(text).locate(value, field_type, lines)


def _is_other(rest: str) -> bool:
    """Whether a word says more than the value in it: currencies and signs do not count."""
    return any(character.isalnum() for character in rest) and not is_currency(rest)
