"""Learning the line model: a logistic regression a role over pieces of words."""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from ocr_pipeline.structuring.ranking.line_roles import LineModel, Roles, pieces
from training.errors import TrainingError
from training.fields.examples import Example, roles_in


def fit_lines(found: Sequence[Example]) -> LineModel:
    """Raises TrainingError where no line is known to play one of the roles, or all are."""
    labelled = [(text, roles, example.weight) for example in found for text, roles in roles_in(example)]
    matrix = pieces([text for text, _, _ in labelled])
    weights = np.zeros((matrix.shape[1], len(Roles._fields)), np.float32)
    biases = np.zeros(len(Roles._fields), np.float32)
    for number, role in enumerate(Roles._fields):
        known = [index for index, (_, roles, _) in enumerate(labelled) if roles[number] is not None]
        plays = [labelled[index][1][number] for index in known]
        if len(set(plays)) < 2:
            raise TrainingError(f"no labelled document tells what a line with the {role} looks like; add some that do")
        model = LogisticRegression(C=8.0, solver="liblinear")
        model.fit(matrix[known], plays, sample_weight=[labelled[index][2] for index in known])
        weights[:, number], biases[number] = model.coef_[0], model.intercept_[0]
    return LineModel(weights, biases)
