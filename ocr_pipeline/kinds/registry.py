"""The kinds that there are, and which one a document is."""

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module

from ocr_pipeline.documents.model import DocumentText
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.kinds.form import FORM
from ocr_pipeline.kinds.invoice import INVOICE
from ocr_pipeline.kinds.kind import DocumentKind
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
    """The kind of which the document bears most signs; where it bears none, the first without signs."""
    words = " ".join(text.lines).lower()
    counted = [(sum(sign in words for sign in kind.signs), -number, kind) for number, kind in enumerate(choices)]
    signs, _, best = max(counted, key=lambda item: item[:2])
    return best if signs else next((kind for kind in choices if not kind.signs), best)


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
