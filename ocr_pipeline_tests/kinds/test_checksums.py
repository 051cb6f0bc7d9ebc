import pytest

from ocr_pipeline.kinds.checksums import Checksum, iban_holds, tax_id_holds
from ocr_pipeline_tests.structuring.typed import typed
from ocr_pipeline_tests.validation.records import record

RIGHT_TAX_IDS = [
    *("DE136695976", "DE 136 695 976", "ATU13585627", "NL4495445B01", "EL094259216", "FR 40 303 265 045"),
    *("GB 980 7806 84", "CHE-107.787.577 MWST", "CHE-107.787.577"),
]
WRONG_TAX_IDS = ["DE136695967", "ATU13585628", "EL094259261", "GB980780648", "CHE-107.787.557 MWST", "de136695967"]
WITHOUT_CHECKSUM = [
    *("000123456789", "W10-1808-31012345", "12/345/67890", "M2-0012345-6", "12-3456789", "123456-X", ""),
    *("ITEM", "NO12345678", "AUSTRALIA", "SG201912345K"),
]


@pytest.mark.parametrize("value", [*RIGHT_TAX_IDS, *WITHOUT_CHECKSUM])
def test_tax_ids_that_may_be_right(value: str) -> None:
    assert tax_id_holds(value)


@pytest.mark.parametrize("value", WRONG_TAX_IDS)
def test_tax_ids_with_characters_exchanged(value: str) -> None:
    assert not tax_id_holds(value)


def test_ibans() -> None:
    assert iban_holds("DE89 3704 0044 0532 0130 00")
    assert iban_holds("GB82WEST12345698765432")
    assert not iban_holds("DE89 3704 0044 0532 0103 00")
    assert not iban_holds("DE89")


def test_the_reason_shows_the_number() -> None:
    rule = Checksum("iban", iban_holds)
    (reason,) = rule.check(record(iban="DE88370400440532013000"), typed(""))
    assert (reason.code, reason.field) == ("checksum", "iban")
    assert reason.message.startswith("The IBAN 'DE88370400440532013000' fails its checksum")
    assert rule.check(record(), typed("")) == []
