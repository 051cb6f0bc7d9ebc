import pytest

from ocr_pipeline.exports.export import Format, export
from ocr_pipeline_tests.exports.pages import document, line

TEXT = document(line("Grüße & Küsse", 0, 0))


def no_original() -> bytes:
    raise AssertionError("the original is not needed")


@pytest.mark.parametrize(
    ("to", "media_type", "suffix", "start"),
    [
        (Format.TEXT, "text/plain; charset=utf-8", ".txt", "Grüße & Küsse\n"),
        (Format.MARKDOWN, "text/markdown; charset=utf-8", ".md", "Grüße \\& Küsse\n"),
        (Format.HOCR, "text/html; charset=utf-8", ".hocr", "<?xml"),
        (Format.ALTO, "application/xml", ".alto.xml", "<?xml"),
    ],
)
def test_formats_of_text_need_no_original(to: Format, media_type: str, suffix: str, start: str) -> None:
    assert export(TEXT, to, no_original, 200).decode().startswith(start)
    assert (to.media_type, to.suffix) == (media_type, suffix)
