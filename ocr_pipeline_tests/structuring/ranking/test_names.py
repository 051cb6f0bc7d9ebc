from ocr_pipeline.structuring.ranking.candidate import Candidate
from ocr_pipeline.structuring.ranking.names import NameFeatures
from ocr_pipeline_tests.structuring.ranking.made import RANKED_RECEIPT, facts_of


def names_in(text: str) -> dict[str, Candidate]:
    facts, roles = facts_of(text)
    return {candidate.value: candidate for candidate in facts.names(roles)}


def features(candidate: Candidate) -> NameFeatures:
    return NameFeatures(*candidate.features)


def test_lines_alone_and_joined() -> None:
    found = names_in(RANKED_RECEIPT)
    joined = "SUNNY'S GOLDEN CORNER FOODS SDN BHD"
    assert {"SUNNY'S", "GOLDEN CORNER FOODS SDN BHD", joined} <= set(found)
    assert found[joined].run.text == joined
    assert (features(found["SUNNY'S"]).joined, features(found[joined]).joined) == (0, 1)


def test_what_is_known_of_a_name() -> None:
    found = names_in(RANKED_RECEIPT)
    legal, brand = features(found["GOLDEN CORNER FOODS SDN BHD"]), features(found["SUNNY'S"])
    assert (legal.legal_form, legal.ends_with_legal_form, brand.legal_form) == (1, 1, 0)
    assert (legal.registration_below, brand.registration_below) == (1, 0)
    assert (brand.legal_form_below, brand.legal_form_anywhere) == (1, 1)
    assert (legal.position, brand.position) == (1, 0)
    assert (legal.words, legal.letters, legal.capitals, legal.digits) == (5, 23, 1, 0)


def test_a_misread_number_behind_the_legal_form_is_left_out() -> None:
    found = names_in("OAK BAKERY SDN BHD 12E456-K\nNO 1, JALAN SATU,\n43210 KAJANG")
    assert "OAK BAKERY SDN BHD" in found
    assert found["OAK BAKERY SDN BHD"].run.text == "OAK BAKERY SDN BHD"


def test_the_buyer_is_known_as_such() -> None:
    found = names_in("Bill To:\nOak Ltd\n\nSeller:\nElm Ltd")
    assert features(found["Oak Ltd"]).party < 0 < features(found["Elm Ltd"]).party


def test_names_on_a_second_page_and_further_down_are_left_out() -> None:
    facts, roles = facts_of("\n".join(f"Company {chr(65 + n)}{chr(65 + n)} Ltd" for n in range(26)), "Other Ltd")
    values = {candidate.value for candidate in facts.names(roles)}
    assert "Company AA Ltd" in values
    assert not {"Company ZZ Ltd", "Other Ltd"} & values


def test_nobody() -> None:
    facts, roles = facts_of("123\n45.00")
    assert (facts.names(roles), facts.ruled_name, facts.ruled_address) == ([], None, None)
