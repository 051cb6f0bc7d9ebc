"""Which characters the recognizer knows: those of Latin, Greek and Cyrillic writing, and signs found in documents."""

import unicodedata
from collections.abc import Sequence

_RANGES = (
    (0x21, 0x7E),
    (0xA1, 0x24F),  # Latin with accents
    (0x370, 0x52F),  # Greek, Cyrillic
    (0x1E00, 0x1EFF),  # Latin with several accents
    (0x2010, 0x2044),  # dashes, quotes, bullets
    (0x20A0, 0x20C0),  # currencies
    (0x2100, 0x213F),  # letterlike signs
    (0x2190, 0x2193),  # arrows
)
_SIGNS = "−≈≠≤≥∞∠■□●○★☆✓✔✗☐☑☒"  # noqa: RUF001
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " "})  # noqa: RUF001
"""What transcribers write either way is learned as one."""


def is_kept(character: str) -> bool:
    """Whether the stock network's `character`, which may be several code points, stays in the alphabet."""
    if len(character) != 1:
        return False
    return character in _SIGNS or any(first <= ord(character) <= last for first, last in _RANGES)


class Labels:
    """Texts as the network's labels: n > 0 is ``alphabet[n - 1]``, and 0 is the blank between characters."""

    def __init__(self, alphabet: Sequence[str]) -> None:
        self._label = {character: label for label, character in enumerate(alphabet, start=1)}

    def of(self, text: str) -> list[int] | None:
        """None where `text` is empty or has a character that the alphabet lacks."""
        characters = " ".join(unicodedata.normalize("NFC", text).translate(_PLAIN).split())
        labels = [self._label.get(character) for character in characters]
        known = [label for label in labels if label is not None]
        return known if known and len(known) == len(labels) else None
