"""A font for text that is there to be found and copied but not drawn.

Every character is a cell of the same size, so one glyph serves all of Unicode and the font stays below two
kilobytes. What the characters mean is said by the font's ToUnicode map, which holds those in use.
"""

from io import BytesIO

import pymupdf
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

CELL = 0.5
"""Width of a character, in font sizes."""
DESCENT = 0.2
"""How far a character reaches below the baseline, in font sizes; above it reaches the rest of one font size."""

_UNITS = 1000
_MOST_IN_A_BLOCK = 100
"""Entries that one block of a ToUnicode map may have."""


class InvisibleFont:
    """Gives codes to characters as they come, for one PDF; `embed` writes the font when all are known.

    It has room for 65,535 different characters, several times what any recognition engine knows.
    """

    def __init__(self, document: pymupdf.Document) -> None:
        self._document = document
        self._codes: dict[str, int] = {}
        self.xref = document.get_new_xref()
        """The font's object number, by which pages may name it before it is embedded."""

    def encoded(self, text: str) -> str:
        """The text as a PDF's hexadecimal string."""
        return "<" + "".join(f"{self._codes.setdefault(char, len(self._codes) + 1):04x}" for char in text) + ">"

    def embed(self) -> None:
        program = self._stream(_program())
        descriptor = self._object(
            "/Type/FontDescriptor/FontName/Invisible/Flags 4/ItalicAngle 0/StemV 80"
            f"/FontBBox[0 {-DESCENT * _UNITS:g} {CELL * _UNITS:g} {(1 - DESCENT) * _UNITS:g}]"
            f"/Ascent {(1 - DESCENT) * _UNITS:g}/Descent {-DESCENT * _UNITS:g}/CapHeight {(1 - DESCENT) * _UNITS:g}"
            f"/FontFile2 {program} 0 R"
        )
        to_the_one_glyph = self._stream(b"\x00\x00" + b"\x00\x01" * len(self._codes))
        descendant = self._object(
            "/Type/Font/Subtype/CIDFontType2/BaseFont/Invisible"
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
            f"/FontDescriptor {descriptor} 0 R/DW {CELL * _UNITS:g}/CIDToGIDMap {to_the_one_glyph} 0 R"
        )
        to_unicode = self._stream(self._to_unicode().encode("ascii"))
        self._document.update_object(
            self.xref,
            "<</Type/Font/Subtype/Type0/BaseFont/Invisible/Encoding/Identity-H"
            f"/DescendantFonts[{descendant} 0 R]/ToUnicode {to_unicode} 0 R>>",
        )

    def _object(self, entries: str) -> int:
        xref = int(self._document.get_new_xref())
        self._document.update_object(xref, f"<<{entries}>>")
        return xref

    def _stream(self, content: bytes) -> int:
        xref = self._object("")
        self._document.update_stream(xref, content)
        return xref

    def _to_unicode(self) -> str:
        entries = [f"<{code:04x}> <{char.encode('utf-16-be').hex()}>" for char, code in self._codes.items()]
        blocks = [entries[start : start + _MOST_IN_A_BLOCK] for start in range(0, len(entries), _MOST_IN_A_BLOCK)]
        mapped = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
            f"{mapped}\n"
            "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        )


def _program() -> bytes:
    """A TrueType font of two glyphs that fill their cell; the first stands for characters that a font lacks.

    The shape is never drawn, but PDFium, for one, marks text by the extents of its glyphs, and loses single
    characters that have none.
    """
    glyphs = [".notdef", "cell"]
    width, top, bottom = round(CELL * _UNITS), round((1 - DESCENT) * _UNITS), round(-DESCENT * _UNITS)
    pen = TTGlyphPen(None)
    pen.moveTo((0, bottom))
    for corner in ((0, top), (width, top), (width, bottom)):
        pen.lineTo(corner)
    pen.closePath()
    builder = FontBuilder(_UNITS, isTTF=True)
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap({})
    builder.setupGlyf(dict.fromkeys(glyphs, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (width, 0)))
    builder.setupHorizontalHeader(ascent=top, descent=bottom)
    builder.setupPost()
    builder.updateHead(created=0, modified=0)
    builder.font.recalcTimestamp = False
    buffer = BytesIO()
    builder.save(buffer)
    return buffer.getvalue()
