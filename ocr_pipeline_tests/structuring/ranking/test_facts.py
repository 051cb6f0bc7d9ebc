from ocr_pipeline_tests.structuring.ranking.made import RANKED_RECEIPT, facts_of
from ocr_pipeline_tests.structuring.typed import RECEIPT, RECHNUNG


def test_what_rules_alone_say() -> None:
    facts, _ = facts_of(RECEIPT)
    assert facts.currency is not None
    assert (facts.ruled_name, facts.ruled_total, facts.currency.value, facts.is_day_first) == (
        "SUNNY CORNER TRADING SDN BHD",
        "16.00",
        "MYR",
        True,
    )
    facts, _ = facts_of(RECHNUNG)
    assert (facts.ruled_name, facts.ruled_address) == ("Holzwerk Ahorn GmbH", "Birkenweg 7, 54321 Lindenau")


def test_amounts_are_in_the_order_of_the_document_however_likely() -> None:
    facts, roles = facts_of(RANKED_RECEIPT)
    rows = [item.row.index for item in facts.amounts]
    assert rows == sorted(rows)
    likeliest = [item.row.index for _, item in facts.totals(roles)]
    assert likeliest != sorted(likeliest)
    assert sorted(likeliest) == rows
