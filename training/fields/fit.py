"""Learning: the line model, a ranker a field, and how sure its choices are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np
from sklearn.model_selection import GroupKFold

from ocr_pipeline.structuring.layout import Run
from ocr_pipeline.structuring.ranking.dates import date_scores
from ocr_pipeline.structuring.ranking.line_roles import LineModel, RolesOfRows
from ocr_pipeline.structuring.ranking.models import RANKED, SURE_BY_TREES, Line, Scorer, by_trees
from training.errors import TrainingError
from training.fields.examples import Example
from training.fields.judges import fit_judging_trees, fit_line
from training.fields.line_model import fit_lines
from training.fields.tables import Chosen, Table

_FOLDS = 5
_ROUNDS = 140
_TREES: dict[str, object] = {
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


@dataclass(frozen=True)
class Fitted:
    lines: LineModel
    boosters: dict[str, lightgbm.Booster]
    """By the names of their files."""
    judges: dict[str, Line]
    """By field."""
    chosen: list[Chosen]


def fit(found: Sequence[Example]) -> Fitted:
    """The models learned from all examples, and what models that learned from other vendors chose in each.

    Raises TrainingError where there are too few vendors, or nothing is labelled that a model needs.
    """
    if len({example.document.vendor for example in found}) < _FOLDS:
        raise TrainingError(f"there are labelled documents of fewer than {_FOLDS} vendors; one is always held out")
    held_out_roles = _held_out_roles(found)
    fitted = Fitted(fit_lines(found), {}, {}, [])
    names: list[Run | None] = [None] * len(found)
    for field in ("document_date", *RANKED):
        tables = [Table.of(field, *known) for known in zip(found, held_out_roles, names, strict=True)]
        scorers = _held_out_scorers(tables, found) if field in RANKED else [date_scores] * len(found)
        choices = [table.choose(scorer) for table, scorer in zip(tables, scorers, strict=True)]
        if field == "vendor_name":
            names = [choice.candidate.run if choice.candidate else None for choice in choices]
        labelled = [choice for table, choice in zip(tables, choices, strict=True) if table.is_labelled]
        fitted.chosen.extend(labelled)
        if field in RANKED:
            fitted.boosters[field] = _fit_booster(tables)
        if field in SURE_BY_TREES:
            fitted.boosters[f"{field}_confidence"] = fit_judging_trees(field, labelled, _TREES)
        else:
            fitted.judges[field] = fit_line(labelled)
    return fitted


def folds(found: Sequence[Example]) -> Iterator[tuple[list[int], list[int]]]:
    """Indexes to learn from and to check on, without a vendor in common; each is checked on once."""
    groups = [example.document.vendor for example in found]
    for learned, checked in GroupKFold(_FOLDS, shuffle=True, random_state=0).split(groups, groups=groups):
        yield [int(index) for index in learned], [int(index) for index in checked]


def _held_out_roles(found: Sequence[Example]) -> list[RolesOfRows]:
    roles: dict[int, RolesOfRows] = {}
    for learned, checked in folds(found):
        model = fit_lines([found[index] for index in learned])
        roles |= {index: RolesOfRows(found[index].facts.rows, model) for index in checked}
    return [roles[index] for index in range(len(found))]


def _held_out_scorers(tables: Sequence[Table], found: Sequence[Example]) -> list[Scorer]:
    scorers: dict[int, Scorer] = {}
    for learned, checked in folds(found):
        scorers |= dict.fromkeys(checked, by_trees(_fit_booster([tables[index] for index in learned])))
    return [scorers[index] for index in range(len(found))]


def _fit_booster(tables: Sequence[Table]) -> lightgbm.Booster:
    """The ranker of the field that all `tables` are of (at least one)."""
    rows = [
        (candidate.features, wanted, table.example.weight)
        for table in tables
        if table.is_labelled
        for candidate, wanted in zip(table.candidates, table.targets, strict=True)
    ]
    if not rows:
        raise TrainingError(f"no labelled document has a {tables[0].field}")
    features, targets, weights = (np.array(column, np.float32) for column in zip(*rows, strict=True))
    names = list(RANKED[tables[0].field])
    return lightgbm.train(_TREES, lightgbm.Dataset(features, targets, weight=weights, feature_name=names), _ROUNDS)
