from ocr_pipeline.documents.model import Field
from ocr_pipeline.structuring.address import find_address
from ocr_pipeline_tests.structuring.test_vendor import vendor_of
from ocr_pipeline_tests.structuring.typed import LETTER, RECEIPT, RECHNUNG, typed_rows


def address_of(text: str) -> Field | None:
    vendor = vendor_of(text)
    assert vendor is not None
    return find_address(vendor, typed_rows(text))


def test_the_address_below_the_name() -> None:
    found = address_of(RECEIPT)
    assert found is not None
    assert found.value == "NO 12, JALAN MAWAR 3/4, TAMAN MAWAR, 43210 KAJANG, SELANGOR"
    assert found.evidence.words[0] == "NO"
    assert found.evidence.words[-1] == "SELANGOR"


def test_the_address_stops_before_telephone_numbers_and_buyers() -> None:
    found = address_of(RECHNUNG)
    assert found is not None
    assert found.value == "Birkenweg 7, 54321 Lindenau"
    glued = address_of("OAK BAKERY SDN BHD\n1, JALAN SATU, 43210 KAJANG TEL: 03-1234 5678")
    assert glued is not None
    assert glued.value == "1, JALAN SATU, 43210 KAJANG"


def test_the_commonest_misreadings_of_an_address_are_put_right() -> None:
    found = address_of("OAK BAKERY SDN BHD\nNO 1, J1N SATU,\n4321O KAJANG")
    assert found is not None
    assert found.value == "NO 1, JLN SATU, 43210 KAJANG"


def test_a_letter_has_no_address_below_its_name() -> None:
    assert address_of(LETTER) is None
