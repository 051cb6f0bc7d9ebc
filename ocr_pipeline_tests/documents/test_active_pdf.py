"""PDFs that act by themselves are refused; forms that answer to whoever fills them in are not."""

import dataclasses

import pymupdf
import pytest

from ocr_pipeline.documents.intake import read_raw
from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.samples.bad_guests import pdf_that_launches, pdf_with_script
from ocr_pipeline_tests.documents.test_intake import LIMITS, code_of

ACTIVE = ErrorCode.ACTIVE_PDF
SCRIPT = "<</S/JavaScript/JS(app.alert\\(1\\))>>"


def with_keys(catalog: str = "", page: str = "", **options: object) -> bytes:
    """A one-page PDF with these entries in its catalog or page."""
    with pymupdf.open() as document:
        document.new_page().insert_text((20, 50), "Hello")
        for xref, entries in ((document.pdf_catalog(), catalog), (document.page_xref(0), page)):
            text = document.xref_object(xref, compressed=True)
            document.update_object(xref, text[:-2] + entries + ">>")
        return bytes(document.tobytes(**options))


@pytest.mark.parametrize("options", [{}, {"use_objstms": 1, "deflate": True}])
@pytest.mark.parametrize(
    ("catalog", "page"),
    [
        (f"/OpenAction{SCRIPT}", ""),
        ("/OpenAction<</S/J#61vaScript/JS(1)>>", ""),
        ("/OpenAction<</S/SubmitForm/F(https://example.com)>>", ""),
        ("/OpenAction<</S/URI/URI(https://example.com)>>", ""),
        (f"/OpenAction<</S/Named/N/Print/Next{SCRIPT}>>", ""),
        (f"/OpenAction<</S/Named/N/Print/Next[<</S/Trans>>{SCRIPT}]>>", ""),
        (f"/Names<</JavaScript<</Names[(a){SCRIPT}]>>>>", ""),
        (f"/AA<</WC{SCRIPT}>>", ""),
        ("", f"/AA<</O{SCRIPT}>>"),
        ("", f"/Annots[<</Subtype/Widget/Rect[0 0 9 9]/AA<</PV{SCRIPT}>>>>]"),
        ("", "/Annots[<</Subtype/Link/Rect[0 0 9 9]/A<</S/Launch/F(setup.exe)>>>>]"),
        ("", "/Annots[<</Subtype/Link/Rect[0 0 9 9]/A<</S/ImportData/F(a.fdf)>>>>]"),
        ("", "/Annots[<</Subtype/RichMedia/Rect[0 0 9 9]>>]"),
    ],
)
def test_what_acts_by_itself_or_reaches_out_is_refused(catalog: str, page: str, options: dict[str, object]) -> None:
    assert code_of(with_keys(catalog, page, **options), "a.pdf") == ACTIVE


@pytest.mark.parametrize(
    ("catalog", "page"),
    [
        ("/OpenAction[3 0 R/Fit]", ""),
        ("/OpenAction<</S/GoTo/D[0/Fit]/Next<</S/Named/N/Print>>>>", ""),
        ("/Names<</JavaScript<</Names[]>>/EmbeddedFiles<</Names[]>>>>", ""),
        ("/Lang(/S/Launch)", ""),
        ("", "/Annots[<</Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://example.com)>>>>]"),
        ("", f"/Annots[<</Subtype/Widget/FT/Tx/T(sum)/Rect[0 0 9 9]/AA<</C{SCRIPT}/F{SCRIPT}/K{SCRIPT}/V{SCRIPT}>>>>]"),
        ("", "/Annots[<</Subtype/Widget/FT/Btn/T(send)/Rect[0 0 9 9]/A<</S/SubmitForm/F(mailto:a@example.com)>>>>]"),
        ("", f"/Annots[<</Subtype/Widget/FT/Btn/T(add)/Rect[0 0 9 9]/A{SCRIPT}>>]"),
        ("/OpenAction 900 0 R/AA 12/Names[1]", "/AA[1]/Annots 7"),
    ],
)
def test_what_waits_for_somebody_passes(catalog: str, page: str) -> None:
    assert code_of(with_keys(catalog, page), "a.pdf") is None


def test_a_script_in_an_object_stream_cannot_be_seen_in_the_bytes() -> None:
    assert b"JavaScript" not in pdf_with_script()
    assert code_of(pdf_with_script(), "a.pdf") == ACTIVE


def test_a_name_that_stands_in_an_object_of_its_own_is_found() -> None:
    indirect = (
        pdf_that_launches()
        .replace(b"/S/Launch", b"/S 9 0 R")
        .replace(b"\nxref\n", b"\n9 0 obj\n/Launch\nendobj\nxref\n")
        .replace(b"startxref\n", b"startxref\n9")
    )
    assert b"9 0 obj" in indirect
    assert code_of(indirect, "a.pdf") == ACTIVE


def test_actions_that_follow_each_other_in_a_circle_are_refused() -> None:
    with pymupdf.open() as document:
        document.new_page()
        xref = document.get_new_xref()
        document.update_object(xref, f"<</S/Trans/Next {xref} 0 R>>")
        document.xref_set_key(document.pdf_catalog(), "OpenAction", f"{xref} 0 R")
        outcome = read_raw(bytes(document.tobytes()), "a.pdf", LIMITS)
    assert isinstance(outcome, Rejection)
    assert "without an end" in outcome.message


def test_all_of_them_pass_where_the_operator_says_so() -> None:
    lenient = dataclasses.replace(LIMITS, active_pdf="accept")
    for active in (pdf_with_script(), pdf_that_launches()):
        assert code_of(active, "a.pdf", lenient) is None
