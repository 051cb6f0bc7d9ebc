"""Whether a PDF would do something by itself on the screen of whoever opens it next.

Nothing in a PDF is ever run here; this is for those who get the file afterwards. Refused are scripts that start when
the document or a page is opened, shown, printed, saved or closed, and, wherever it hangs, what starts a program,
imports data or plays rich media. Scripts that answer to somebody who fills in a form pass: sums, formats and checks of
fields are in many honest forms, as are their buttons that send or clear it. Attachments and links to the web pass.
"""

import re
from collections.abc import Iterator

import pymupdf
from pymupdf import mupdf

from ocr_pipeline.documents.limits import Refused, corrupt
from ocr_pipeline.documents.pdf import PDF_ERRORS
from ocr_pipeline.errors import ErrorCode

_STRING = re.compile(r"\((?:[^\\()]|\\.)*\)", re.DOTALL)
_REACHES_OUT = re.compile(r"(?:/S|/Subtype|^)\s*/(Launch|ImportData|RichMedia)(?![^\s/<>\[\]()])")
"""The kind of an action or annotation, or a name that stands alone, for others to refer to."""
_WORDS = {
    "JavaScript": "a script",
    "Launch": "an action that starts a program",
    "ImportData": "an action that imports data",
    "RichMedia": "rich media",
    "SubmitForm": "an action that sends a form",
    "URI": "an action that opens a web page",
}
_ONLY_SHOWS = frozenset(
    {"GoTo", "GoTo3DView", "GoToDp", "Hide", "Named", "ResetForm", "SetOCGState", "Thread", "Trans", ""}
)
"""Kinds of actions that may happen by themselves: they change what is seen of the document, or do nothing."""
_WITH_THE_PAGE = ("PO", "PC", "PV", "PI")
"""What triggers an annotation's action without anybody touching it: its page is opened, closed, seen, out of sight."""
_LONGEST_CHAIN = 100
_MOST_ANNOTATIONS = 100_000


def check_active(document: pymupdf.Document) -> None:
    """Raises Refused(ACTIVE_PDF), or one of `PDF_ERRORS`."""
    kind = _reaching_out(document) or next((kind for kind in _automatic(document) if kind not in _ONLY_SHOWS), None)
    if kind is not None:
        raise Refused(ErrorCode.ACTIVE_PDF, found=_WORDS.get(kind, "an action of an unusual kind"))


def _reaching_out(document: pymupdf.Document) -> str | None:
    """Looks at every object, in object streams too; MuPDF writes names and strings in one way, however they stood."""
    for xref in range(1, document.xref_length()):
        try:
            text = document.xref_object(xref, compressed=True)
        except PDF_ERRORS:
            continue  # a gap in the numbering
        if found := _REACHES_OUT.search(_STRING.sub("()", text)):
            return found[1]
    return None


def _automatic(document: pymupdf.Document) -> Iterator[str]:
    """The kinds of the actions that nobody has to ask for."""
    pdf = mupdf.pdf_document_from_fz_document(document.this)
    root = mupdf.pdf_dict_gets(mupdf.pdf_trailer(pdf), "Root")
    yield from _kinds(mupdf.pdf_dict_gets(root, "OpenAction"))
    yield from _triggered(root)
    if any(mupdf.pdf_array_len(mupdf.pdf_dict_getp(root, f"Names/JavaScript/{key}")) for key in ("Names", "Kids")):
        yield "JavaScript"
    left = _MOST_ANNOTATIONS
    for index in range(document.page_count):
        page = mupdf.pdf_lookup_page_obj(pdf, index)
        yield from _triggered(page)
        annotations = mupdf.pdf_dict_gets(page, "Annots")
        left -= mupdf.pdf_array_len(annotations)
        if left < 0:
            raise corrupt(f"it has more than {_MOST_ANNOTATIONS} annotations")
        for annotation in _items(annotations):
            yield from _triggered(annotation, _WITH_THE_PAGE)


def _triggered(owner: mupdf.PdfObj, triggers: tuple[str, ...] | None = None) -> Iterator[str]:
    """The kinds of `owner`'s additional actions, by default of all."""
    actions = mupdf.pdf_dict_gets(owner, "AA")
    for index in range(mupdf.pdf_dict_len(actions)):
        if triggers is None or mupdf.pdf_to_name(mupdf.pdf_dict_get_key(actions, index)) in triggers:
            yield from _kinds(mupdf.pdf_dict_get_val(actions, index))


def _kinds(action: mupdf.PdfObj) -> Iterator[str]:
    """The kind of an action and of those that follow it; of a mere place in the document, nothing."""
    waiting = [action]
    for _ in range(_LONGEST_CHAIN):
        if not waiting:
            return
        action = waiting.pop()
        if mupdf.pdf_is_dict(action):
            yield str(mupdf.pdf_to_name(mupdf.pdf_dict_gets(action, "S")))
            following = mupdf.pdf_dict_gets(action, "Next")
            waiting += [following, *_items(following)]
    raise corrupt("its actions follow each other without an end")


def _items(array: mupdf.PdfObj) -> Iterator[mupdf.PdfObj]:
    """The items of an array; nothing, where it is something else."""
    return (mupdf.pdf_array_get(array, index) for index in range(mupdf.pdf_array_len(array)))
