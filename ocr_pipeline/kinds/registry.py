"""The kinds that there are, and which one a document is."""

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module

from ocr_pipeline.documents.model import DocumentText
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.kinds.form import FORM
from ocr_pipeline.kinds.invoice import INVOICE
from ocr_pipeline.kinds.kind import DocumentKind, FieldType
from ocr_pipeline.kinds.receipt import RECEIPT

SHIPPED = (RECEIPT, INVOICE, FORM)


@lru_cache(maxsize=4)
def kinds(names: str = "") -> tuple[DocumentKind, ...]:
    """The shipped kinds and those that `names` adds, as ``package.module:OBJECT`` with commas between.

    One that has the name of a shipped kind takes its place. Raises PipelineError(INVALID_SETTING).
    """
    found = {kind.name: kind for kind in SHIPPED}
    for name in filter(None, (part.strip() for part in names.split(","))):
        kind = _imported(name)
        found[kind.name] = kind
    return tuple(found.values())


def kind_of(text: DocumentText, choices: Sequence[DocumentKind]) -> DocumentKind:
    """The kind of which the document bears most signs; where it bears none, the first without signs.

    A sign stands at the begin of a word. Its own spaces may be missing, as recognizers and tills drop them.
    """
    words = " ".join(text.lines).lower()
    counted = [
        (sum(_sign(sign).search(words) is not None for sign in kind.signs), -number, kind)
        for number, kind in enumerate(choices)
    ]
    signs, _, best = max(counted, key=lambda item: item[:2])
    return best if signs else next((kind for kind in choices if not kind.signs), best)


def kind_named(name: str, choices: Sequence[DocumentKind]) -> DocumentKind:
    """The kind of a record. Raises PipelineError(INVALID_SETTING) where it is none of `choices`."""
    for kind in choices:
        if kind.name == name:
            return kind
    raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_DOCUMENT_KINDS", detail=f"it names no kind {name!r}")


def field_type(name: str, kind: DocumentKind) -> FieldType:
    """As `kind` says, or for a field that it has not, as the first shipped kind that has it; else it is text."""
    found = (spec.type for known in (kind, *SHIPPED) if (spec := known.field(name)))
    return next(found, FieldType.TEXT)


@lru_cache(maxsize=256)
def _sign(sign: str) -> re.Pattern[str]:
    return re.compile(r"\b" + re.escape(sign).replace(r"\ ", r"\s*"))


def _imported(name: str) -> DocumentKind:
    module, _, attribute = name.partition(":")
    try:
        kind = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_DOCUMENT_KINDS", detail=str(error)) from error
    if not isinstance(kind, DocumentKind):
        detail = f"{name} is no DocumentKind"
        raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_DOCUMENT_KINDS", detail=detail)
    return kind
