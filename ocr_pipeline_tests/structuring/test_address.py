from ocr_pipeline.structuring.address import address_lines, joined_lines
from ocr_pipeline.structuring.layout import Run
from ocr_pipeline_tests.structuring.test_vendor import vendor_of
from ocr_pipeline_tests.structuring.typed import LETTER, RECEIPT, RECHNUNG, typed_rows


def lines_of(text: str) -> tuple[Run, ...]:
    vendor = vendor_of(text)
    assert vendor is not None
    return address_lines(vendor, typed_rows(text))


def address_of(text: str) -> str:
    return joined_lines(lines_of(text))


def test_the_address_below_the_name() -> None:
    assert address_of(RECEIPT) == "NO 12, JALAN MAWAR 3/4, TAMAN MAWAR, 43210 KAJANG, SELANGOR"
    lines = lines_of(RECEIPT)
    assert lines[0].words[0].text == "NO"
    assert lines[-1].words[-1].text == "SELANGOR"


def test_the_address_stops_before_telephone_numbers_and_buyers() -> None:
    assert address_of(RECHNUNG) == "Birkenweg 7, 54321 Lindenau"
    glued = "OAK BAKERY SDN BHD\n1, JALAN SATU, 43210 KAJANG TEL: 03-1234 5678"
    assert address_of(glued) == "1, JALAN SATU, 43210 KAJANG"


def test_the_commonest_misreadings_of_an_address_are_put_right() -> None:
    assert address_of("OAK BAKERY SDN BHD\nNO 1, J1N SATU,\n4321O KAJANG") == "NO 1, JLN SATU, 43210 KAJANG"


def test_a_letter_has_no_address_below_its_name() -> None:
    assert lines_of(LETTER) == ()
