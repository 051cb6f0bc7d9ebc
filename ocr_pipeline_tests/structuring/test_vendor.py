import pytest

from ocr_pipeline.structuring.entities import entity_cues
from ocr_pipeline.structuring.name_lines import candidates_in
from ocr_pipeline.structuring.vendor import Vendor, find_vendor, judged
from ocr_pipeline_tests.structuring.typed import RECEIPT, RECHNUNG, typed_rows


def vendor_of(text: str) -> Vendor | None:
    rows = typed_rows(text)
    candidates = candidates_in(rows)
    return find_vendor(judged(candidates, entity_cues([candidate.text for candidate in candidates]), rows), rows)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (RECEIPT, "SUNNY CORNER TRADING SDN BHD"),
        (RECHNUNG, "Holzwerk Ahorn GmbH"),
        ("3180404\nOak Bakery S/B(587969-U)\nNO 1, JALAN SATU\nTAX INVOICE", "Oak Bakery S/B"),
        ("GREEN LEAF\nSDN. BHD.\nNO 1, JALAN SATU", "GREEN LEAF SDN. BHD."),
        ("THE COFFEE TREE\n& TEA SHOP (M) SDN BHD\n(12345-A)", "THE COFFEE TREE & TEA SHOP (M) SDN BHD"),
        ("GREEN C0RNER TRADING\nNO 1, JALAN SATU", "GREEN CORNER TRADING"),
        ("GREEN LEAF SON BHD\nNO 1, JALAN SATU", "GREEN LEAF SDN BHD"),
        ("Bill To:\nBuyer Ltd\n\nSeller:\nMaker Ltd\nTotal 5.00", "Maker Ltd"),
        ("Bei Spiel GmbH \u2022 Ecke 12 \u2022 12345 Stadt", "Bei Spiel GmbH"),
        ("TAX INVOICE\nOWNED BY: Chef Sdn Bhd", "Chef Sdn Bhd"),
    ],
)
def test_who_issued_the_document(text: str, name: str) -> None:
    found = vendor_of(text)
    assert found is not None
    assert found.name == name


def test_nobody() -> None:
    assert vendor_of("TAX INVOICE\nDate: 05/04/2018\nTotal 5.00") is None
