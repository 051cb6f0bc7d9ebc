"""ALTO 4.4, the Library of Congress's XML for text with its layout."""

from importlib.metadata import version
from xml.etree.ElementTree import Element, SubElement

from ocr_pipeline.documents.model import Box, DocumentText, Line, Page, Word
from ocr_pipeline.exports import xml_text
from ocr_pipeline.exports.layout import Block, areas
from ocr_pipeline.exports.placement import counterclockwise

_NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
_SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_HANDWRITING = "handwriting"
"""The id of the tag that handwritten lines refer to."""


def alto(text: DocumentText) -> bytes:
    """Measures are pixels of the original page; WC is a word's confidence, from 0 to 1."""
    root = Element(
        "alto",
        {
            "xmlns": _NAMESPACE,
            "xmlns:xsi": _SCHEMA_INSTANCE,
            "xsi:schemaLocation": f"{_NAMESPACE} {_SCHEMA}",
            "SCHEMAVERSION": "4.4",
        },
    )
    description = SubElement(root, "Description")
    SubElement(description, "MeasurementUnit").text = "pixel"
    readers = list(dict.fromkeys(page.source for page in text.pages))
    for number, reader in enumerate(readers, start=1):
        _add_processing(description, f"processing_{number}", reader)
    if any(line.handwritten for page in text.pages for line in page.lines):
        SubElement(SubElement(root, "Tags"), "OtherTag", ID=_HANDWRITING, TYPE="script", LABEL="handwritten")
    layout = SubElement(root, "Layout")
    for page in text.pages:
        _add_page(layout, page, f"processing_{readers.index(page.source) + 1}")
    return xml_text.document(root)


def _add_processing(description: Element, name: str, reader: str) -> None:
    processing = SubElement(description, "Processing", ID=name)
    SubElement(processing, "processingCategory").text = "contentGeneration"
    SubElement(processing, "processingStepDescription").text = f"read by {xml_text.allowed(reader)}"
    software = SubElement(processing, "processingSoftware")
    SubElement(software, "softwareName").text = "ocr-pipeline"
    SubElement(software, "softwareVersion").text = version("ocr-pipeline")


def _add_page(layout: Element, page: Page, processing: str) -> None:
    element = SubElement(
        layout,
        "Page",
        ID=f"page_{page.number}",
        PHYSICAL_IMG_NR=str(page.number),
        WIDTH=str(page.width),
        HEIGHT=str(page.height),
        PROCESSINGREFS=processing,
    )
    print_space = SubElement(element, "PrintSpace", _place(Box(0, 0, page.width, page.height)))
    blocks = (block for area in areas(page) for block in area.blocks)
    for number, block in enumerate(blocks, start=1):
        _add_block(print_space, block, f"block_{page.number}_{number}", page.angle)


def _add_block(print_space: Element, block: Block, name: str, angle: float) -> None:
    place = _place(Box.around([line.box for line in block.lines]))
    element = SubElement(print_space, "TextBlock", {"ID": name, **place})
    if angle:
        element.set("ROTATION", f"{counterclockwise(angle):g}")
    for number, line in enumerate(block.lines, start=1):
        _add_line(element, line, f"{name}_line_{number}")


def _add_line(block: Element, line: Line, name: str) -> None:
    element = SubElement(block, "TextLine", {"ID": name, **_place(line.box)})
    if line.handwritten:
        element.set("TAGREFS", _HANDWRITING)
    for number, word in enumerate(line.words, start=1):
        if number > 1:
            SubElement(element, "SP")
        _add_word(element, word, f"{name}_word_{number}")


def _add_word(line: Element, word: Word, name: str) -> None:
    content = {"CONTENT": xml_text.allowed(word.text), "WC": f"{word.confidence:.3f}"}
    SubElement(line, "String", {"ID": name, **_place(word.box), **content})


def _place(box: Box) -> dict[str, str]:
    sides = {"HPOS": box.x0, "VPOS": box.y0, "WIDTH": box.width, "HEIGHT": box.height}
    return {name: f"{round(side, 1):g}" for name, side in sides.items()}
