from ocr_pipeline.structuring.layout import Run
from ocr_pipeline.structuring.ranking.addresses import AddressFeatures
from ocr_pipeline.structuring.ranking.candidate import Candidate
from ocr_pipeline_tests.structuring.ranking.made import RANKED_RECEIPT, facts_of

BOTH = "12, JALAN MAWAR 3/4, 43210 KAJANG, SELANGOR"


def addresses_in(*pages: str, name: str | None = None) -> dict[str, Candidate]:
    facts, roles = facts_of(*pages)
    run: Run | None = next((row.run for row in facts.rows if row.text == name), None)
    return {candidate.value: candidate for candidate in facts.addresses(roles, run)}


def features(candidate: Candidate) -> AddressFeatures:
    return AddressFeatures(*candidate.features)


def test_lines_alone_and_together_without_the_telephone() -> None:
    found = addresses_in(RANKED_RECEIPT)
    assert {BOTH, "12, JALAN MAWAR 3/4", "43210 KAJANG, SELANGOR"} <= set(found)
    assert not any("TEL" in value for value in found)
    assert found[BOTH].run.text == BOTH


def test_what_is_known_of_an_address() -> None:
    found = addresses_in(RANKED_RECEIPT, name="GOLDEN CORNER FOODS SDN BHD")
    both, street = features(found[BOTH]), features(found["12, JALAN MAWAR 3/4"])
    assert (both.lines, both.below_name, both.name_known) == (2, 2, 1)
    assert (both.postcodes, both.postcode_last) == (1, 1)
    assert (street.postcodes, street.postcode_below, street.comma_last) == (0, 1, 1)
    assert (both.is_rule, street.is_rule, street.starts_as_rule, street.ends_as_rule) == (1, 0, 1, 0)
    assert both.registration_above


def test_nothing_goes_on_behind_a_telephone_number() -> None:
    found = addresses_in("OAK LTD\nNO 1, JALAN SATU, TEL: 03-1234 5678\n43210 KAJANG")
    assert not any(value.startswith("NO 1") and "43210" in value for value in found)


def test_an_address_does_not_go_on_on_the_next_page() -> None:
    assert not any("43210" in value for value in addresses_in("OAK LTD\nNO 1, JALAN SATU,", "43210 KAJANG"))


def test_numbers_alone_are_no_address() -> None:
    assert all(any(character.isalpha() for character in value) for value in addresses_in("43210\n12345\n3,400.00"))


def test_the_buyer_is_seen_above() -> None:
    (found,) = (c for v, c in addresses_in("Bill To:\n12, JALAN SATU, 43210 KAJANG").items() if v.startswith("12,"))
    assert features(found).buyer_above
