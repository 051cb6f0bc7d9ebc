"""The document's pages as they are, with invisible text over those that had none."""

import pymupdf
from pymupdf import mupdf

from ocr_pipeline.documents import sniff
from ocr_pipeline.documents.decode import UnreadableDocument
from ocr_pipeline.documents.model import PDF_TEXT_LAYER, Box, DocumentText, Line, Page
from ocr_pipeline.documents.pdf import MUPDF_LOCK, PDF_ERRORS, open_pdf
from ocr_pipeline.exports.hidden_text import remove_hidden_text
from ocr_pipeline.exports.invisible_font import InvisibleFont
from ocr_pipeline.exports.invisible_text import commands
from ocr_pipeline.exports.picture_pages import picture_pages


def searchable_pdf(text: DocumentText, data: bytes, media_type: str, dpi: int) -> bytes:
    """`data` is the original file, `dpi` the resolution of pictures that state none.

    Of an original PDF, pages whose own text was read stay untouched, and a file of such pages comes back byte for
    byte; other pages keep their look, lose hidden text of their own and get what was recognized.

    Raises UnreadableDocument where MuPDF cannot work on a page.
    """
    is_pdf = media_type == sniff.PDF
    if is_pdf and all(page.source == PDF_TEXT_LAYER for page in text.pages):
        return data
    number = 1
    try:
        with MUPDF_LOCK, open_pdf(data) if is_pdf else picture_pages(data, media_type, dpi) as document:
            font = InvisibleFont(document)
            for page in text.pages:
                number = page.number
                if page.source != PDF_TEXT_LAYER:
                    remove_hidden_text(document, number - 1)
                    _lay_over(document, page, font)
            font.embed()
            return bytes(document.tobytes(garbage=1, deflate=True, no_new_id=True, encryption=mupdf.PDF_ENCRYPT_KEEP))
    except PDF_ERRORS as error:
        raise UnreadableDocument(number, error) from error


def _lay_over(document: pymupdf.Document, page: Page, font: InvisibleFont) -> None:
    sheet = document.load_page(page.number - 1)
    to_points = pymupdf.Matrix(sheet.rect.width / page.width, sheet.rect.height / page.height)
    shown = _shown_words(sheet, ~to_points)
    lines = tuple(rest for line in page.lines if (rest := _without(line, shown)))
    if not lines:
        return
    name = f"Invisible{font.xref}"
    text = commands(lines, page.angle, to_points * ~_to_sheet(sheet), font, name)
    # Content may leave the coordinates changed behind it, or more states saved than restored.
    sheet.wrap_contents()
    contents = [_content(document, "q\n"), *sheet.get_contents(), _content(document, f"\nQ\n{text}")]
    document.xref_set_key(sheet.xref, "Contents", f"[{' '.join(f'{xref} 0 R' for xref in contents)}]")
    _name_font(document, sheet.xref, name, font.xref)


def _to_sheet(sheet: pymupdf.Page) -> pymupdf.Matrix:
    """From the coordinates in which the content is drawn to points of the page as shown: cropped, turned, scaled."""
    # Page.transformation_matrix leaves out the crop box of turned pages.
    matrix = mupdf.FzMatrix()
    mupdf.pdf_page_transform(sheet._pdf_page(), mupdf.FzRect(), matrix)
    return pymupdf.Matrix(matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def _shown_words(sheet: pymupdf.Page, to_pixels: pymupdf.Matrix) -> list[tuple[str, Box]]:
    """What is left of a page's own text once the hidden is gone, such as a number stamped on a scan."""
    words = sheet.get_text("words", flags=pymupdf.TEXT_MEDIABOX_CLIP)
    to_shown = _turn(sheet) * to_pixels
    return [(word[4], Box(*(pymupdf.Rect(word[:4]) * to_shown))) for word in words]


def _turn(sheet: pymupdf.Page) -> pymupdf.Matrix:
    """From the coordinates of extracted text, in which the page is not turned, to those of the page as shown."""
    # Page.rotation_matrix forgets the scale of pages with a UserUnit.
    width, height = sheet.rect.width, sheet.rect.height
    size = (height, width) if sheet.rotation in {90, 270} else (width, height)
    turn = pymupdf.Matrix(sheet.rotation)
    corner = (pymupdf.Rect(0, 0, *size) * turn).tl
    return pymupdf.Matrix(turn.a, turn.b, turn.c, turn.d, -corner.x, -corner.y)


def _without(line: Line, shown: list[tuple[str, Box]]) -> Line | None:
    """The line without the words that the page has already."""
    kept = tuple(
        word for word in line.words if not any(word.text == text and _on(word.box, box) for text, box in shown)
    )
    return line.model_copy(update={"words": kept}) if kept else None


def _on(box: Box, other: Box) -> bool:
    return other.x0 <= (box.x0 + box.x1) / 2 <= other.x1 and other.y0 <= box.center_y <= other.y1


def _content(document: pymupdf.Document, commands: str) -> int:
    xref = int(document.get_new_xref())
    document.update_object(xref, "<<>>")
    document.update_stream(xref, commands.encode("ascii"))
    return xref


def _name_font(document: pymupdf.Document, page: int, name: str, font: int) -> None:
    """Adds the font to the page's resources, which may be objects of their own or come from the tree above it."""
    owner = page
    while document.xref_get_key(owner, "Resources")[0] == "null":
        kind, parent = document.xref_get_key(owner, "Parent")
        if kind != "xref":
            owner = page
            break
        owner = int(parent.split()[0])
    path = ""
    for key in ("Resources", "Font"):
        kind, value = document.xref_get_key(owner, path + key)
        owner, path = (int(value.split()[0]), "") if kind == "xref" else (owner, f"{path}{key}/")
    document.xref_set_key(owner, path + name, f"{font} 0 R")
