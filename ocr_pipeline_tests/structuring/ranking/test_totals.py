from ocr_pipeline.structuring.ranking.totals import TotalFeatures
from ocr_pipeline_tests.structuring.ranking.made import RANKED_RECEIPT, facts_of


def features_in(text: str) -> dict[str, TotalFeatures]:
    """By value; of amounts that are printed twice the likelier."""
    facts, roles = facts_of(text)
    found: dict[str, TotalFeatures] = {}
    for candidate, item in facts.totals(roles):
        assert candidate.value == f"{item.value:.2f}"
        found.setdefault(candidate.value, TotalFeatures(*candidate.features))
    return found


def test_every_amount_is_a_candidate() -> None:
    assert set(features_in(RANKED_RECEIPT)) == {"2.00", "3.00", "5.00", "10.00"}


def test_what_is_known_of_a_total() -> None:
    total = features_in(RANKED_RECEIPT)["5.00"]
    assert (total.role_total, total.unlabelled, total.paid_less_change, total.of_items) == (1, 0, 1, 1)
    assert (total.value_rank, total.repeated, total.share_of_largest) == (1, 2, 0.5)
    assert (total.rule_rank, total.below_rule_best) == (0, 0)
    assert total.role_here > total.role_above


def test_what_is_known_of_other_amounts() -> None:
    found = features_in(RANKED_RECEIPT)
    assert (found["10.00"].role_payment, found["10.00"].is_paid, found["10.00"].of_items) == (1, 1, 0)
    assert (found["2.00"].unlabelled, found["2.00"].below_rule_best) == (1, -2)


def test_sums_with_tax_and_rounding() -> None:
    found = features_in("Subtotal   10.00\nGST   0.61\nRounding   -0.01\nTotal Gross   10.60")
    assert (found["10.60"].sum_with_tax, found["10.00"].sum_with_tax) == (1, 0)
    assert (found["10.60"].gross, found["10.60"].net, found["10.00"].gross) == (1, 0, 0)


def test_of_very_many_amounts_the_likeliest_are_kept() -> None:
    items = "\n".join(f"thing   {number}.25" for number in range(400))
    found = features_in(f"{items}\nTotal   79800.00")
    assert len(found) <= 160
    assert "79800.00" in found


def test_without_amounts_there_are_no_candidates() -> None:
    facts, roles = facts_of("Dear Sir")
    assert facts.totals(roles) == []
    assert facts.ruled_total is None
