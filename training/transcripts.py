"""Transcriptions made fit to learn from, with the help of what the stock reader saw."""

import difflib

from rapidfuzz.distance import Levenshtein


def with_case(transcript: str, seen: str) -> str:
    """An upper-case `transcript` in the letter case of what a reader saw, where their letters agree.

    Letters that the reader saw otherwise follow their neighbours.
    """
    small = _seen_small(transcript, seen)
    for place in range(len(transcript)):
        if transcript[place].isalpha() and place not in small:
            near = (place + 1, place - 1, place + 2, place - 2)
            small[place] = next((small[other] for other in near if other in small), seen.islower())
    return "".join(character.lower() if small.get(place) else character for place, character in enumerate(transcript))


def _seen_small(transcript: str, seen: str) -> dict[int, bool]:
    """By place in the transcript: whether its letter was seen, and is small."""
    same = difflib.SequenceMatcher(None, _upper(transcript), _upper(seen), autojunk=False).get_matching_blocks()
    return {
        start + offset: seen[start_seen + offset].islower()
        for start, start_seen, length in same
        for offset in range(length)
        if transcript[start + offset].isalpha()
    }


def _upper(text: str) -> str:
    """As many characters as in `text`: "ß" would become two."""
    return "".join(upper if len(upper := character.upper()) == 1 else character for character in text)


def is_plausible(transcript: str, seen: str, confidence: float) -> bool:
    """False where a sure reader saw something quite different: the transcriber's slip, or another line's text."""
    alike = Levenshtein.normalized_similarity(_letters(transcript), _letters(seen))
    return alike > 0.5 or confidence < 0.7


def _letters(text: str) -> str:
    return "".join(text.upper().split())
