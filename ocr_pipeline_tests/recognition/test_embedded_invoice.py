import logging
import threading
import time
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import facturx
import pymupdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject

from ocr_pipeline.recognition.embedded_invoice import embedded_invoice
from ocr_pipeline.samples.generate import compose

CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
INVOICE = f'<a:CrossIndustryInvoice xmlns:a="{CII}"><a:ID>R-77</a:ID></a:CrossIndustryInvoice>'.encode()
UBL = b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>'
CREDIT_NOTE = b'<CreditNote xmlns="urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"/>'
ZUGFERD_1 = b'<a:CrossIndustryDocument xmlns:a="urn:ferd:CrossIndustryDocument:invoice:1p0"/>'
LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(10))
    + b"]>"
    + INVOICE.replace(b"R-77", b"&k;")
)
DIGITAL, OTHER_PDF = 2, 11


def pdf(attachments: Mapping[str, bytes]) -> bytes:
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 72), "Rechnung")
        for name, content in attachments.items():
            document.embfile_add(name, content)
        return bytes(document.tobytes(deflate=True))


@pytest.mark.parametrize(
    ("name", "xml"),
    [
        ("factur-x.xml", INVOICE),
        ("zugferd-invoice.xml", INVOICE),
        ("ZUGFeRD-invoice.xml", ZUGFERD_1),
        ("xrechnung.xml", INVOICE),
        ("xrechnung.xml", UBL),
        ("UBL-Invoice-2.1.xml", UBL),
        ("Gutschrift [77] *.XML", CREDIT_NOTE),
    ],
)
def test_every_standard_under_its_names_and_others(name: str, xml: bytes) -> None:
    found = embedded_invoice(pdf({name: xml}))
    assert found is not None
    assert found.file == name
    assert facturx.get_flavor(facturx.facturx.etree.fromstring(found.xml)) is not None


def test_what_factur_x_writes_is_read() -> None:
    sample, data = compose(Path(), 0, DIGITAL)
    ours = embedded_invoice(data)
    assert ours is not None
    theirs = facturx.generate_from_binary(
        pdf({}), ours.xml.encode(), flavor="factur-x", level="basic", check_schematron=False
    )
    assert embedded_invoice(theirs) == ours
    assert str(sample.fields["invoice_number"]) in ours.xml


def test_a_pdf_without_invoice_has_none_and_costs_next_to_nothing() -> None:
    data = compose(Path(), 0, OTHER_PDF)[1]
    assert embedded_invoice(data) is None
    start = time.process_time()
    for _ in range(20):
        embedded_invoice(data)
    assert time.process_time() - start < 20 * 0.02


def test_the_usual_name_goes_first_and_others_serve_where_it_is_no_invoice(caplog: pytest.LogCaptureFixture) -> None:
    both = {"annex.xml": UBL, "factur-x.xml": INVOICE, "scan.pdf": b"%PDF"}
    first = embedded_invoice(pdf(both))
    assert first is not None
    assert first.file == "factur-x.xml"
    with caplog.at_level(logging.WARNING, "ocr_pipeline"):
        second = embedded_invoice(pdf({**both, "factur-x.xml": b"<html/>"}))
    assert second is not None
    assert second.file == "annex.xml"
    assert "'factur-x.xml'" in caplog.text


def test_branches_of_the_tree_of_files_are_found() -> None:
    """As writers make them that have many files, or always."""
    writer = PdfWriter(BytesIO(pdf({"factur-x.xml": INVOICE})))
    names = writer.root_object["/Names"]["/EmbeddedFiles"].get_object()  # type: ignore[index]  # a name tree
    leaf = DictionaryObject({NameObject("/Names"): names["/Names"]})
    del names["/Names"]
    names[NameObject("/Kids")] = ArrayObject([leaf])
    data = BytesIO()
    writer.write(data)
    assert embedded_invoice(data.getvalue()) is not None


def test_the_text_comes_decoded_without_comments_and_enclosures() -> None:
    enclosure = '<b:AttachmentBinaryObject xmlns:b="b">QUFB</b:AttachmentBinaryObject>'
    xml = '<?xml version="1.0" encoding="ISO-8859-1"?><!-- licence -->' + INVOICE.decode().replace(
        "R-77", f"Müller{enclosure}"
    )
    found = embedded_invoice(pdf({"factur-x.xml": xml.encode("latin-1")}))
    assert found is not None
    assert "Müller" in found.xml
    assert "QUFB" not in found.xml
    assert "licence" not in found.xml
    assert not found.xml.startswith("<?xml")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x00\xff" * 50, id="binary"),
        pytest.param(INVOICE[:-9], id="cut short"),
        pytest.param(b"<SCRDMCCBDACIOMessageStructure/>", id="an order"),
        pytest.param(b"<evilInvoice/>", id="another root"),
        pytest.param(LAUGHS, id="billion laughs"),
        pytest.param(b'<!DOCTYPE x SYSTEM "http://localhost:1/x.dtd">' + INVOICE, id="document type"),
        pytest.param(
            b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + INVOICE.replace(b"R-77", b"&f;"), id="file"
        ),
        pytest.param(b"<a>" * 100_000, id="deep"),
        pytest.param(INVOICE.replace(b"R-77", b" " * 40_000_000), id="bomb"),
        pytest.param(INVOICE.replace(b"R-77", b"<b/>" * 3_000_000), id="many elements"),
    ],
)
def test_what_is_hostile_or_broken_is_none_soon(content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    data = pdf({"factur-x.xml": content})
    start = time.process_time()
    with caplog.at_level(logging.WARNING, "ocr_pipeline"):
        assert embedded_invoice(data) is None
    assert time.process_time() - start < 5
    assert "factur-x.xml" in caplog.text


def test_of_very_many_files_only_some_are_tried() -> None:
    start = time.process_time()
    assert embedded_invoice(pdf({f"{number}.xml": b"<a/>" for number in range(500)})) is None
    assert time.process_time() - start < 5


def test_an_odd_name_is_stored_so_that_it_can_be_shown() -> None:
    found = embedded_invoice(pdf({"a\x01\n" + "b" * 500 + ".xml": INVOICE}))
    assert found is not None
    assert found.file.isprintable()
    assert len(found.file) <= 200


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(min_value=0, max_value=10**6), noise=st.binary(min_size=1, max_size=40))
def test_a_damaged_pdf_never_raises(place: int, noise: bytes) -> None:
    data = bytearray(pdf({"factur-x.xml": INVOICE}))
    start = place % len(data)
    data[start : start + len(noise)] = noise
    found = embedded_invoice(bytes(data))
    assert found is None or found.file


def test_threads_read_beside_each_other() -> None:
    data = pdf({"factur-x.xml": INVOICE})
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(embedded_invoice(data))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(found)
