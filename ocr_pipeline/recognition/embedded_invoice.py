"""The machine-readable invoice that a PDF carries as an attachment: Factur-X, ZUGFeRD or XRechnung.

MuPDF looks first whether there is such a file at all, which costs a fraction of a millisecond. Only then factur-x is
loaded, and takes it out. Whoever made the PDF chose what is in it: its size is bounded, and nothing it declares or
points at is followed.
"""

import logging
from glob import escape

import pymupdf

from ocr_pipeline.documents.model import EmbeddedInvoice
from ocr_pipeline.documents.pdf import PDF_ERRORS, open_pdf

_USUAL_NAMES = ("factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml")
"""In lower case. What the standards ask for goes before other XML files, of which some makers' are invoices too."""

_INVOICES = frozenset(
    {
        "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice",
        "{urn:ferd:CrossIndustryDocument:invoice:1p0}CrossIndustryDocument",
        "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice",
        "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote",
    }
)
"""Root elements of UN/CEFACT's cross industry invoice, of its draft that is ZUGFeRD 1.0, and of OASIS' UBL."""

_BINARIES = ("{*}AttachmentBinaryObject", "{*}EmbeddedDocumentBinaryObject")
_MOST_FILES = 8
_LONGEST_NAME = 200
_MOST_BYTES = 10_000_000
"""Enough for an XRechnung with its enclosures in Base64, and the longest text of an element that libxml2 takes."""

_log = logging.getLogger(__name__)


def embedded_invoice(data: bytes) -> EmbeddedInvoice | None:
    """The first attachment of a PDF that is an invoice; None where there is none that can be read.

    Its text comes decoded, without XML declaration, comments and the files that it encloses in turn.
    """
    for name in _xml_files(data)[:_MOST_FILES]:
        try:
            return EmbeddedInvoice(file=_shown(name), xml=_invoice(data, name))
        except Exception as error:  # noqa: BLE001 - factur-x, pypdf and lxml share no class of errors
            _log.warning("attachment %r is not taken for an invoice: %s", _shown(name), str(error)[:500])
    return None


def _shown(name: str) -> str:
    """A name as it can be stored and logged."""
    return "".join(character if character.isprintable() else "\ufffd" for character in name[:_LONGEST_NAME])


def _xml_files(data: bytes) -> list[str]:
    """Names of the attached XML files, the usual ones first."""
    try:
        with open_pdf(data) as document:
            names = _attachments(document)
    except PDF_ERRORS as error:
        _log.warning("attachments cannot be listed: %s", str(error)[:500])
        return []
    files = dict.fromkeys(name for name in names if name.lower().endswith(".xml"))
    return sorted(files, key=lambda name: name.lower() not in _USUAL_NAMES)


def _attachments(document: pymupdf.Document) -> list[str]:
    """The keys of the tree of embedded files; `Document.embfile_names` knows only trees without branches."""
    mupdf = pymupdf.mupdf
    pdf = mupdf.pdf_document_from_fz_document(document.this)
    tree = mupdf.pdf_load_name_tree(pdf, mupdf.pdf_new_name("EmbeddedFiles"))
    return [mupdf.pdf_to_name(mupdf.pdf_dict_get_key(tree, number)) for number in range(mupdf.pdf_dict_len(tree))]


def _invoice(data: bytes, name: str) -> str:
    """The text of an attached invoice. Raises ValueError where it is none, and what the libraries raise."""
    from facturx import get_xml_from_pdf
    from lxml import etree
    from pypdf import apply_configuration

    with apply_configuration(
        zlib_maximum_output_length=_MOST_BYTES,
        lzw_maximum_output_length=_MOST_BYTES,
        run_length_maximum_output_length=_MOST_BYTES,
        stream_filters_maximum_length=2,
    ):
        _, content = get_xml_from_pdf(data, check_xsd=False, filenames=[escape(name)])
    if not content:
        raise ValueError("factur-x finds no invoice in it")
    if len(content) > _MOST_BYTES:
        raise ValueError(f"it has {len(content)} bytes")
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True
    )
    root = etree.fromstring(content, parser)
    if root.tag not in _INVOICES:
        raise ValueError(f"its root is {root.tag}")
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("it declares a document type, which no standard of invoices does")
    for element in root.iter(*_BINARIES):
        element.text = None
    return str(etree.tostring(root, encoding="unicode", with_tail=False))
