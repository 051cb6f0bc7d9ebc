"""Text layers with one fault each: none of them is trusted; ordinary pages are."""

from collections.abc import Callable
from typing import Any

import pymupdf
import pytest

from ocr_pipeline.pipeline import trusted_pages
from ocr_pipeline.settings import Settings

ENGLISH = (
    "Invoice 4711 of 12 March 2026", "Four boxes of printing paper, A4", "One chair with arms, blue cloth",
    "Delivery by courier on Thursday", "Sum before tax 1,234.50", "Value added tax 19 % 234.56",
    "Total to be paid 1,469.06", "Please quote the number above when paying", "Our terms: thirty days net",
)  # fmt: skip
GERMAN = (
    "Rechnung Nr. 2026-0815 vom 12. März 2026", "Kälteanlage für Büroräume, geprüft", "Überweisung ohne Abzug",
    "Straße der Jugend 7, 12345 Großößnig", "Gesamtbetrag 1.469,06 EUR", "Mehrwertsteuer 19 % 234,56",
)  # fmt: skip
FRENCH = (
    "Facture n° 2026-17 du 3 février 2026", "Décapsuleur à levier, côté gauche", "Où règle-t-on l'acompte ?",
    "Montant à régler : 1 469,06 €", "Conditions : trente jours, fin de mois", "Déjà réglé : néant",
)  # fmt: skip
CODES = ("WX-77120/K QZ9 0001", "BGH-4421-XX 77 12.50", "KJQ8-PLM2-ZZT0", "QWX 0099887 VVK", "HTTP-429 XJ9 KQ")
NUMBERS = ("1 200.00 19.00 228.00", "12 33.50 7.00 28.14", "7 1,004.99 0.00 0.00", "88 56.10 19.00 937.99")


def page_of(rows: tuple[str, ...], font: str = "helv", **options: Any) -> pymupdf.Document:
    document = pymupdf.open()
    page = document.new_page(width=420, height=300)
    for number, row in enumerate(rows):
        page.insert_text((30, 40 + 25 * number), row, fontsize=11, fontname=font, **options)
    return document


def is_trusted(document: pymupdf.Document) -> list[bool]:
    """For each page; closes the document."""
    with document:
        count, data = document.page_count, bytes(document.tobytes())
    trusted = trusted_pages(data, "application/pdf", Settings())
    return [number in trusted for number in range(1, count + 1)]


def renamed(*ranges: tuple[int, int, int]) -> pymupdf.Document:
    """The font says that the codes from the first to the second of each range are characters from the third on."""
    document = page_of(ENGLISH)
    (font,) = document[0].get_fonts()
    given = {code for first, last, _ in ranges for code in range(first, last + 1)}
    mapped = [(code, code) for code in range(0x20, 0x7F) if code not in given]
    mapped += [(code, start + code - first) for first, last, start in ranges for code in range(first, last + 1)]
    rows = b"".join(b"<%02x> <%04x>\n" % pair for pair in mapped)
    cmap = document.get_new_xref()
    document.update_object(cmap, "<<>>")
    document.update_stream(
        cmap, b"1 begincodespacerange <00> <ff> endcodespacerange %d beginbfchar\n%b endbfchar" % (len(mapped), rows)
    )
    document.xref_set_key(font[0], "ToUnicode", f"{cmap} 0 R")
    return document


def shifted_letters() -> pymupdf.Document:
    return renamed((0x61, 0x77, 0x64), (0x78, 0x7A, 0x61))


def shifted_digits() -> pymupdf.Document:
    return renamed((0x30, 0x36, 0x33), (0x37, 0x39, 0x30))


def other_script() -> pymupdf.Document:
    return renamed((0x61, 0x7A, 0x4E00))


def glyph_numbers() -> pymupdf.Document:
    return renamed((0x3E, 0x7A, 0x21))


def white_on_white() -> pymupdf.Document:
    return page_of(ENGLISH, color=(1, 1, 1))


def covered() -> pymupdf.Document:
    document = page_of(ENGLISH)
    document[0].draw_rect(pymupdf.Rect(0, 0, 420, 300), color=(1, 1, 1), fill=(1, 1, 1))
    return document


def clipped() -> pymupdf.Document:
    document = page_of(ENGLISH)
    for xref in document[0].get_contents():
        document.update_stream(xref, b"q 0 0 9 9 re W n\n" + document.xref_stream(xref) + b"\nQ")
    return document


def squares_for_letters() -> pymupdf.Document:
    """A Type 3 font all of whose glyphs are the same square."""
    document = page_of(ENGLISH)
    (font,) = document[0].get_fonts()
    glyph = document.get_new_xref()
    document.update_object(glyph, "<<>>")
    document.update_stream(glyph, b"600 0 0 0 500 700 d1 0 0 500 700 re f")
    names = " ".join(f"/g{code}" for code in range(33, 127))
    procedures = " ".join(f"/g{code} {glyph} 0 R" for code in range(33, 127))
    document.update_object(
        font[0],
        "<</Type/Font/Subtype/Type3/FontBBox[0 0 600 700]/FontMatrix[.001 0 0 .001 0 0]/FirstChar 32/LastChar 126"
        f"/Widths[{'600 ' * 95}]/Encoding<</Type/Encoding/Differences[33 {names}]>>/CharProcs<<{procedures}>>>>",
    )
    cmap = document.get_new_xref()
    document.update_object(cmap, "<<>>")
    document.update_stream(
        cmap, b"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <20> <7e> <0020> endbfrange"
    )
    document.xref_set_key(font[0], "ToUnicode", f"{cmap} 0 R")
    return document


def outlines(rows: tuple[str, ...] = ENGLISH) -> pymupdf.Document:
    with page_of(rows) as document:
        drawing = document[0].get_svg_image(text_as_path=True).encode()
    with pymupdf.open(stream=drawing, filetype="svg") as picture:
        return pymupdf.open(stream=picture.convert_to_pdf(), filetype="pdf")


def outlines_with_a_footer() -> pymupdf.Document:
    document = outlines()
    document[0].insert_text((30, 290), "Page 1 of 1", fontsize=8)
    return document


def scan_below_a_letterhead() -> pymupdf.Document:
    document = page_of(ENGLISH[:3])
    with page_of(ENGLISH) as scanned:
        picture = scanned[0].get_pixmap(dpi=150)
    document[0].insert_image(pymupdf.Rect(120, 120, 400, 295), pixmap=picture)
    return document


def words_of_another_page() -> pymupdf.Document:
    """A picture of one page over the text of another."""
    document = page_of(ENGLISH)
    with page_of(GERMAN, "tiro") as scanned:
        picture = scanned[0].get_pixmap(dpi=150)
    document[0].insert_image(pymupdf.Rect(0, 25, 420, 275), pixmap=picture, keep_proportion=False)
    return document


FAULTS: tuple[Callable[[], pymupdf.Document], ...] = (
    shifted_letters, shifted_digits, other_script, glyph_numbers, white_on_white, covered, clipped,
    squares_for_letters, outlines, outlines_with_a_footer, scan_below_a_letterhead, words_of_another_page,
)  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_faulty_text_layer_is_not_trusted(fault: Callable[[], pymupdf.Document]) -> None:
    assert is_trusted(fault()) == [False]


@pytest.mark.parametrize("font", ["helv", "hebo", "tiro", "tiit", "cour"])
@pytest.mark.parametrize("rows", [ENGLISH, GERMAN, FRENCH, CODES, NUMBERS], ids=["en", "de", "fr", "codes", "numbers"])
def test_ordinary_pages_are_trusted(rows: tuple[str, ...], font: str) -> None:
    assert is_trusted(page_of(rows, font)) == [True]


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_ordinary_pages_that_lie_turned_are_trusted(rotation: int) -> None:
    document = page_of(ENGLISH)
    document[0].set_rotation(rotation)
    assert is_trusted(document) == [True]
    faulty = shifted_digits()
    faulty[0].set_rotation(rotation)
    assert is_trusted(faulty) == [False]


def test_light_print_on_a_dark_ground_is_seen() -> None:
    document = pymupdf.open()
    page = document.new_page(width=420, height=300)
    page.draw_rect(page.rect, fill=(0.1, 0.1, 0.4))
    for number, row in enumerate(ENGLISH):
        page.insert_text((30, 40 + 25 * number), row, fontsize=11, color=(1, 1, 1))
    assert is_trusted(document) == [True]


def test_pages_of_one_document_are_judged_one_by_one() -> None:
    document = page_of(ENGLISH)
    picture = document[0].get_pixmap(dpi=150)
    scan = document.new_page(width=420, height=300)
    scan.insert_image(scan.rect, pixmap=picture)
    with shifted_letters() as faulty:
        document.insert_pdf(faulty)
    assert is_trusted(document) == [True, False, False]
