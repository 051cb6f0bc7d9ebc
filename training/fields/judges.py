"""Learning how sure a choice is, from what rankers chose that had learned from other vendors."""

from collections.abc import Sequence

import lightgbm
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from ocr_pipeline.structuring.ranking.models import CONFIDENCE_FEATURES, RANKED, Line
from training.fields.tables import Chosen

_CALM = 0.5
"""Weight of the penalty on the line's coefficients."""
_ROUNDS = 100

_Floats = npt.NDArray[np.float64]


def fit_line(chosen: Sequence[Chosen]) -> Line:
    """A logistic regression on `CONFIDENCE_FEATURES`."""
    features, right, weights = _judged(chosen)
    features = features[:, : len(CONFIDENCE_FEATURES)]
    signs = np.where(right, 1.0, -1.0)

    def loss(parameters: _Floats) -> float:
        margins = signs * (features @ parameters[1:] + parameters[0])
        return float(weights @ np.logaddexp(0, -margins) + _CALM * parameters[1:] @ parameters[1:])

    # Each feature speaks for the choice: with few mistakes to learn from, signs would otherwise be chance.
    count = features.shape[1]
    found = minimize(loss, np.zeros(count + 1), bounds=[(None, None), *[(0.0, None)] * count])
    intercept, *coefficients = (round(float(value), 5) for value in found.x)
    return Line(tuple(coefficients), intercept)


def fit_judging_trees(field: str, chosen: Sequence[Chosen], common: dict[str, object]) -> lightgbm.Booster:
    """Small trees on all features, of which `CONFIDENCE_FEATURES` only speak for a choice; `common` as for rankers."""
    features, right, weights = _judged(chosen)
    names = [*CONFIDENCE_FEATURES, *(f"own_{name}" for name in RANKED[field])]
    parameters = common | {
        "num_leaves": 4,
        "learning_rate": 0.05,
        "min_data_in_leaf": 20,
        "feature_fraction": 0.5,
        "lambda_l2": 10.0,
        "monotone_constraints": [1] * len(CONFIDENCE_FEATURES) + [0] * len(RANKED[field]),
    }
    return lightgbm.train(parameters, lightgbm.Dataset(features, right, weight=weights, feature_name=names), _ROUNDS)


def _judged(chosen: Sequence[Chosen]) -> tuple[_Floats, npt.NDArray[np.bool_], _Floats]:
    """Features, whether the choice is right, and weight.

    Of documents that the recognizer learned from too, worn copies stand for those it never saw; transcripts have no
    misreadings to be unsure of.
    """
    worn = {choice.example.document.id for choice in chosen if choice.example.document.view == "worn"}
    known = [
        choice
        for choice in chosen
        if choice.features is not None
        and choice.example.document.view == ("worn" if choice.example.document.id in worn else "read")
    ]
    return (
        np.array([choice.features for choice in known], np.float64),
        np.array([choice.is_right for choice in known]),
        np.array([choice.example.weight for choice in known]),
    )
