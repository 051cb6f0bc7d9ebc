"""Plain text in reading order."""

from ocr_pipeline.documents.model import DocumentText, Page
from ocr_pipeline.exports.layout import areas

_PAGE_BREAK = "\f"


def plain_text(text: DocumentText) -> str:
    """A line a row, with tabs between what stands side by side, an empty line between paragraphs, a form feed
    between pages, and a line feed at the end."""
    return _PAGE_BREAK.join(_page(page) for page in text.pages)


def _page(page: Page) -> str:
    paragraphs = (
        "\n".join("\t".join(line.text for line in row.lines) for row in block.rows)
        for area in areas(page)
        for block in area.blocks
    )
    return "\n\n".join(paragraphs) + "\n"
