"""Learning: the line model, a ranker a field, and how sure its choices are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from ocr_pipeline.evaluation.score import is_right
from ocr_pipeline.structuring.layout import Run
from ocr_pipeline.structuring.ranking.candidate import Candidate
from ocr_pipeline.structuring.ranking.dates import date_scores
from ocr_pipeline.structuring.ranking.line_roles import ROLES, LineModel, RolesOfRows, pieces
from ocr_pipeline.structuring.ranking.models import (
    CONFIDENCE_FEATURES,
    RANKED,
    SURE_BY_TREES,
    Line,
    Scorer,
    by_trees,
    confidence_features,
)
from training.fields.examples import Example, roles_in, target

_FOLDS = 5
_CALM = 0.5
"""Weight of the penalty on the confidence model's coefficients."""
_ROUNDS = 140
_TREES = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.07,
    "min_data_in_leaf": 15,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "verbose": -1,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
}


_JUDGING_TREES = _TREES | {
    "num_leaves": 4,
    "learning_rate": 0.05,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.5,
    "lambda_l2": 10.0,
}
_JUDGING_ROUNDS = 100

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Chosen:
    """The choice in one document of a ranker that learned from other vendors."""

    example: Example
    field: str
    value: str | None
    is_right: bool
    is_reachable: bool
    """Whether the right value is among the candidates."""
    features: tuple[float, ...] | None
    """Of the confidence model."""


@dataclass(frozen=True)
class Fitted:
    lines: LineModel
    boosters: dict[str, lightgbm.Booster]
    """By the names of their files."""
    judges: dict[str, Line]
    """By field."""
    chosen: list[Chosen]


def fit(found: Sequence[Example]) -> Fitted:
    """The models learned from all examples, and what models that learned from other vendors chose in each."""
    held_out_roles = _held_out_roles(found)
    fitted = Fitted(_fit_lines(found), {}, {}, [])
    names: list[Run | None] = [None] * len(found)
    for field in ("document_date", *RANKED):
        tables = [
            _Table.of(field, example, roles, name)
            for example, roles, name in zip(found, held_out_roles, names, strict=True)
        ]
        scorers = _held_out_scorers(tables, found) if field in RANKED else [date_scores] * len(found)
        choices = [_choose(table, scorer) for table, scorer in zip(tables, scorers, strict=True)]
        if field == "vendor_name":
            names = [best.run if best else None for best, _ in choices]
        results = [
            _result(table, best, features)
            for table, (best, features) in zip(tables, choices, strict=True)
            if table.is_labelled
        ]
        fitted.chosen.extend(results)
        if field in RANKED:
            fitted.boosters[field] = _fit_booster(tables)
        if field in SURE_BY_TREES:
            fitted.boosters[f"{field}_confidence"] = _fit_judging_trees(results)
        else:
            fitted.judges[field] = _fit_line(results)
    return fitted


@dataclass(frozen=True)
class _Table:
    """A field's candidates in one document."""

    field: str
    example: Example
    candidates: list[Candidate]
    targets: list[float]
    ruled: str | None

    @classmethod
    def of(cls, field: str, example: Example, roles: RolesOfRows, name: Run | None) -> "_Table":
        facts = example.facts
        if field == "total":
            candidates, ruled = [candidate for candidate, _ in facts.totals(roles)], facts.ruled_total
        elif field == "document_date":
            candidates, ruled = [candidate for candidate, _ in facts.dates()], None
        elif field == "vendor_name":
            candidates, ruled = facts.names(roles), facts.ruled_name
        else:
            candidates, ruled = facts.addresses(roles, name), facts.ruled_address
        return cls(field, example, candidates, [target(field, c.value, example) for c in candidates], ruled)

    @property
    def is_labelled(self) -> bool:
        labels = self.example.document.fields
        return bool(labels.get(self.field) or labels.get(f"{self.field}_raw"))


def _held_out_roles(found: Sequence[Example]) -> list[RolesOfRows]:
    roles: dict[int, RolesOfRows] = {}
    for learned, checked in _folds(found):
        model = _fit_lines([found[index] for index in learned])
        roles |= {index: RolesOfRows(found[index].facts.rows, model) for index in checked}
    return [roles[index] for index in range(len(found))]


def _folds(found: Sequence[Example]) -> Iterator[tuple[list[int], list[int]]]:
    """Indexes to learn from and to check on, without a vendor in common."""
    groups = [example.document.vendor for example in found]
    for learned, checked in GroupKFold(_FOLDS, shuffle=True, random_state=0).split(groups, groups=groups):
        yield [int(index) for index in learned], [int(index) for index in checked]


def _fit_lines(found: Sequence[Example]) -> LineModel:
    labelled = [(text, roles, example.weight) for example in found for text, roles in roles_in(example)]
    matrix = pieces([text for text, _, _ in labelled])
    weights, biases = np.zeros((matrix.shape[1], len(ROLES)), np.float32), np.zeros(len(ROLES), np.float32)
    for number in range(len(ROLES)):
        known = [index for index, (_, roles, _) in enumerate(labelled) if roles[number] is not None]
        model = LogisticRegression(C=8.0, solver="liblinear").fit(
            matrix[known],
            [labelled[index][1][number] for index in known],
            sample_weight=[labelled[index][2] for index in known],
        )
        weights[:, number], biases[number] = model.coef_[0], model.intercept_[0]
    return LineModel(weights, biases)


def _fit_booster(tables: Sequence[_Table]) -> lightgbm.Booster:
    rows = [
        (candidate.features, wanted, table.example.weight)
        for table in tables
        if table.is_labelled
        for candidate, wanted in zip(table.candidates, table.targets, strict=True)
    ]
    features, targets, weights = (np.array(column, np.float32) for column in zip(*rows, strict=True))
    return lightgbm.train(_TREES, lightgbm.Dataset(features, targets, weight=weights), _ROUNDS)


def _held_out_scorers(tables: Sequence[_Table], found: Sequence[Example]) -> list[Scorer]:
    scorers: dict[int, Scorer] = {}
    for learned, checked in _folds(found):
        scorers |= dict.fromkeys(checked, by_trees(_fit_booster([tables[index] for index in learned])))
    return [scorers[index] for index in range(len(found))]


def _choose(table: _Table, scorer: Scorer) -> tuple[Candidate | None, tuple[float, ...] | None]:
    """The best candidate and the confidence model's features."""
    if not table.candidates:
        return None, None
    scores = scorer(table.candidates)
    best = max(range(len(scores)), key=scores.__getitem__)
    value = table.candidates[best].value
    second = max((s for s, c in zip(scores, table.candidates, strict=True) if c.value != value), default=0.0)
    return table.candidates[best], confidence_features(table.candidates[best], scores[best], second, table.ruled)


def _result(table: _Table, best: Candidate | None, features: tuple[float, ...] | None) -> Chosen:
    labels = table.example.document.fields
    return Chosen(
        example=table.example,
        field=table.field,
        value=best.value if best else None,
        is_right=best is not None and bool(is_right(table.field, best.value, labels)),
        is_reachable=any(is_right(table.field, candidate.value, labels) for candidate in table.candidates),
        features=features,
    )


def _fit_line(results: Sequence[Chosen]) -> Line:
    features, right, weights = _judged(results)
    features = features[:, : len(CONFIDENCE_FEATURES)]
    signs = np.where(right, 1.0, -1.0)

    def loss(parameters: npt.NDArray[np.float64]) -> float:
        margins = signs * (features @ parameters[1:] + parameters[0])
        return float(weights @ np.logaddexp(0, -margins) + _CALM * parameters[1:] @ parameters[1:])

    # Each feature speaks for the choice: with few mistakes to learn from, signs would otherwise be chance.
    count = features.shape[1]
    found = minimize(loss, np.zeros(count + 1), bounds=[(None, None), *[(0.0, None)] * count])
    intercept, *coefficients = (round(float(value), 5) for value in found.x)
    return Line(tuple(coefficients), intercept)


def _fit_judging_trees(results: Sequence[Chosen]) -> lightgbm.Booster:
    features, right, weights = _judged(results)
    known = len(CONFIDENCE_FEATURES)
    constraints = [1] * known + [0] * (features.shape[1] - known)
    return lightgbm.train(
        {**_JUDGING_TREES, "monotone_constraints": constraints},
        lightgbm.Dataset(features, right, weight=weights),
        _JUDGING_ROUNDS,
    )


def _judged(results: Sequence[Chosen]) -> tuple[_Floats, npt.NDArray[np.bool_], _Floats]:
    """Features, whether the choice is right, and weight.

    Of documents that the recognizer learned from too, worn copies stand for those it never saw; transcripts have no
    misreadings to be unsure of.
    """
    worn = {result.example.document.id for result in results if result.example.document.view == "worn"}
    known = [
        result
        for result in results
        if result.features is not None
        and result.example.document.view == ("worn" if result.example.document.id in worn else "read")
    ]
    return (
        np.array([result.features for result in known]),
        np.array([result.is_right for result in known]),
        np.array([result.example.weight for result in known]),
    )
