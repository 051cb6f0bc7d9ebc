from pathlib import Path

import facturx
import pytest

from ocr_pipeline.recognition.embedded_invoice import embedded_invoice
from ocr_pipeline.samples.factur_x import FILE_NAME
from ocr_pipeline.samples.generate import compose
from ocr_pipeline.structuring.embedded.read import read_invoice

ELECTRONIC = 2


@pytest.mark.parametrize("seed", range(4))
def test_the_xml_is_valid_and_says_what_is_printed(seed: int) -> None:
    sample, data = compose(Path(), seed, ELECTRONIC)
    embedded = embedded_invoice(data)
    assert embedded is not None
    assert embedded.file == FILE_NAME
    assert facturx.xml_check_xsd(embedded.xml.encode(), flavor="factur-x", level="basic")
    invoice = read_invoice(embedded.xml)
    assert invoice is not None
    for name in ("vendor_name", "vendor_address", "document_date", "total", "currency", "invoice_number"):
        assert invoice.fields[name].value == sample.fields[name]
    items = [{name: getattr(item, name).value for name in vars(item)} for item in invoice.items]
    assert items == sample.fields["line_items"]
