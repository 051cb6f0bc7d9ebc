"""The languages that a sender may name, and what each settles where the page leaves it open."""

from types import MappingProxyType
from typing import NamedTuple


class Language(NamedTuple):
    day_first: bool | None
    """Whether 03/04/2018 is the third of April; None where those who write it do not agree."""
    decimal_mark: str | None
    """Point or comma, likewise."""


NOT_TOLD = Language(day_first=None, decimal_mark=None)
_POINT, _COMMA = Language(day_first=True, decimal_mark="."), Language(day_first=True, decimal_mark=",")

LANGUAGES = MappingProxyType(
    {
        "cs": _COMMA,
        "da": _COMMA,
        "de": Language(day_first=True, decimal_mark=None),
        "de-AT": _COMMA,
        "de-CH": _POINT,
        "de-DE": _COMMA,
        "el": _COMMA,
        "en": Language(day_first=None, decimal_mark="."),
        "en-AU": _POINT,
        "en-GB": _POINT,
        "en-IE": _POINT,
        "en-IN": _POINT,
        "en-MY": _POINT,
        "en-NZ": _POINT,
        "en-SG": _POINT,
        "en-US": Language(day_first=False, decimal_mark="."),
        "es": Language(day_first=True, decimal_mark=None),
        "es-ES": _COMMA,
        "es-MX": _POINT,
        "fi": _COMMA,
        "fr": _COMMA,
        "fr-BE": _COMMA,
        "fr-FR": _COMMA,
        "hr": _COMMA,
        "id": _COMMA,
        "it": Language(day_first=True, decimal_mark=None),
        "it-CH": _POINT,
        "it-IT": _COMMA,
        "ms": _POINT,
        "nb": _COMMA,
        "nl": _COMMA,
        "nl-BE": _COMMA,
        "nl-NL": _COMMA,
        "pl": _COMMA,
        "pt": _COMMA,
        "pt-BR": _COMMA,
        "pt-PT": _COMMA,
        "ro": _COMMA,
        "sk": _COMMA,
        "sl": _COMMA,
        "tr": _COMMA,
    }
)
"""By BCP 47 tag. A language with a country tells at least as much as the language alone."""


def language_named(tag: str | None) -> Language:
    """What the tag tells: nothing where it is None, or none of `LANGUAGES`."""
    return LANGUAGES.get(tag or "", NOT_TOLD)
