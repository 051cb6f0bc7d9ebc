"""hOCR 1.2: HTML that holds the text with its boxes, written so that XML parsers read it too."""

from importlib.metadata import version
from xml.etree.ElementTree import Element, SubElement

from ocr_pipeline.documents.model import Box, DocumentText, Line, Page
from ocr_pipeline.exports import xml_text
from ocr_pipeline.exports.layout import areas
from ocr_pipeline.exports.placement import counterclockwise

_CLASSES = "ocr_page ocr_carea ocr_par ocr_line ocrx_word"


def hocr(text: DocumentText) -> bytes:
    """Boxes are whole pixels of the original page, `x_wconf` is confidence in percent.

    The language stays unspecified: recognition does not tell it.
    """
    html = Element("html", xmlns="http://www.w3.org/1999/xhtml")
    head = SubElement(html, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "title").text = "Recognized text"
    for name, content in (
        ("ocr-system", f"ocr-pipeline {version('ocr-pipeline')}"),
        ("ocr-capabilities", _CLASSES),
        ("ocr-number-of-pages", str(len(text.pages))),
        ("ocr-langs", "unknown"),
        ("ocr-scripts", "unknown"),
    ):
        SubElement(head, "meta", name=name, content=content)
    body = SubElement(html, "body")
    for page in text.pages:
        _add_page(body, page)
    return xml_text.document(html, "<!DOCTYPE html>\n")


def _add_page(body: Element, page: Page) -> None:
    title = f"bbox 0 0 {page.width} {page.height}; ppageno {page.number - 1}"
    division = SubElement(body, "div", {"class": "ocr_page", "id": f"page_{page.number}", "title": title})
    # HTML knows no <div/>.
    division.text = "\n"
    paragraphs = 0
    for area_number, area in enumerate(areas(page), start=1):
        lines = [line for block in area.blocks for line in block.lines]
        name = f"area_{page.number}_{area_number}"
        carea = SubElement(division, "div", {"class": "ocr_carea", "id": name, "title": _bbox(lines)})
        for block in area.blocks:
            paragraphs += 1
            name = f"par_{page.number}_{paragraphs}"
            paragraph = SubElement(carea, "p", {"class": "ocr_par", "id": name, "title": _bbox(block.lines)})
            for line in block.lines:
                _add_line(paragraph, line, page.angle)


def _add_line(paragraph: Element, line: Line, angle: float) -> None:
    title = _bbox([line])
    if angle:
        title += f"; textangle {counterclockwise(angle):g}"
    element = SubElement(paragraph, "span", {"class": "ocr_line", "title": title})
    for word in line.words:
        title = f"bbox {_numbers(word.box)}; x_wconf {round(100 * word.confidence)}"
        span = SubElement(element, "span", {"class": "ocrx_word", "title": title})
        span.text = xml_text.allowed(word.text)


def _bbox(lines: "list[Line] | tuple[Line, ...]") -> str:
    return f"bbox {_numbers(Box.around([line.box for line in lines]))}"


def _numbers(box: Box) -> str:
    return " ".join(str(round(side)) for side in box)
