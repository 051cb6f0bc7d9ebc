from math import isclose

import pytest
from lightgbm import Booster

from ocr_pipeline.documents.model import Box, Word
from ocr_pipeline.structuring.layout import Run
from ocr_pipeline.structuring.ranking.candidate import Candidate
from ocr_pipeline.structuring.ranking.dates import DateFeatures, date_scores
from ocr_pipeline.structuring.ranking.models import (
    CONFIDENCE_FEATURES,
    RANKED,
    SURE_BY_TREES,
    WEIGHTS,
    Ranker,
    confidence_features,
    judge_by_line,
    load_models,
)
from ocr_pipeline_tests.structuring.ranking.made import RANKED_RECEIPT, facts_of


def candidate(value: str, score: float, recognized: float = 1.0) -> Candidate:
    word = Word(text=value, box=Box(0, 0, 10, 10), confidence=recognized)
    return Candidate(value, Run(1, (word,)), DateFeatures(score))


def ranker(sure: float, *, is_bound: bool = True) -> Ranker:
    return Ranker(date_scores, lambda features: sure, is_bound)


def test_the_best_comes_first_and_every_value_once() -> None:
    found = ranker(0.9).rank([candidate(*pair) for pair in (("a", 0.2), ("b", 0.7), ("a", 0.6), ("b", 0.5))], None)
    assert [(choice.candidate.value, choice.index) for choice in found] == [("b", 1), ("a", 2)]
    assert found[0].confidence == 0.9


def test_others_share_what_the_best_leaves() -> None:
    found = ranker(0.6).rank([candidate(*pair) for pair in (("a", 0.9), ("b", 0.9), ("c", 0.8), ("d", 0.1))], None)
    confidences = [choice.confidence for choice in found]
    assert confidences == sorted(confidences, reverse=True)
    assert isclose(sum(confidences), 1)


@pytest.mark.parametrize(("is_bound", "sure"), [(True, 0.3), (False, 0.9)])
def test_no_choice_is_surer_than_its_words_unless_sums_vouch(is_bound: bool, sure: float) -> None:
    (found,) = ranker(0.9, is_bound=is_bound).rank([candidate("a", 1.0, recognized=0.3)], None)
    assert found.confidence == sure


def test_nothing_to_choose_from() -> None:
    assert ranker(0.9).rank([], None) == []


def test_each_confidence_feature_speaks_for_the_choice() -> None:
    weak = confidence_features(candidate("a", 1.0, recognized=0.5), score=0.6, second=0.5, ruled=None)
    strong = confidence_features(candidate("a", 1.0, recognized=0.99), score=0.9, second=0.1, ruled="a")
    names = (*CONFIDENCE_FEATURES, "looks")
    assert len(weak) == len(strong) == len(names)
    more = {name for name, few, many in zip(names, weak, strong, strict=True) if many > few}
    assert more == set(CONFIDENCE_FEATURES) - {"words"}


def test_a_line_judges_by_the_confidence_features_alone() -> None:
    judge = judge_by_line((1.0,) + (0.0,) * (len(CONFIDENCE_FEATURES) - 1), 0.0)
    assert judge((0.0,) * len(CONFIDENCE_FEATURES)) == judge((0.0,) * len(CONFIDENCE_FEATURES) + (5.0,)) == 0.5
    assert judge((2.0,) + (0.0,) * (len(CONFIDENCE_FEATURES) - 1)) > 0.8


def trees(name: str) -> Booster:
    return Booster(model_str=(WEIGHTS / f"{name}.txt").read_text(encoding="utf-8"))


@pytest.mark.parametrize("field", RANKED)
def test_trees_were_learned_from_as_many_features_as_candidates_have(field: str) -> None:
    facts, roles = facts_of(RANKED_RECEIPT)
    made = {
        "total": [candidate for candidate, _ in facts.totals(roles)],
        "vendor_name": facts.names(roles),
        "vendor_address": facts.addresses(roles, None),
    }[field]
    assert made
    assert {len(candidate.features) for candidate in made} == {len(RANKED[field])}
    # An order other than this one's would put the trees' thresholds at the wrong features.
    assert getattr(made[0].features, "_fields", None) == RANKED[field]
    assert trees(field).num_feature() == len(RANKED[field])
    if field in SURE_BY_TREES:
        assert trees(f"{field}_confidence").num_feature() == len(CONFIDENCE_FEATURES) + len(RANKED[field])


def test_models_are_read_once_a_folder() -> None:
    assert load_models() is load_models()
    assert load_models(WEIGHTS).lines.weights.dtype == "float32"
    assert set(load_models().rankers) == {*RANKED, "document_date"}
