"""The learned models of the CPU engine: line roles, a ranker a field, and how sure a choice is.

``training/fields`` makes them; docs/fields.md says from what, and how good they are.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from math import exp, log
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ocr_pipeline.structuring.layout import Run
from ocr_pipeline.structuring.ranking.addresses import AddressFeatures
from ocr_pipeline.structuring.ranking.candidate import Candidate
from ocr_pipeline.structuring.ranking.dates import date_scores
from ocr_pipeline.structuring.ranking.line_roles import LineModel
from ocr_pipeline.structuring.ranking.names import NameFeatures
from ocr_pipeline.structuring.ranking.totals import TotalFeatures

if TYPE_CHECKING:
    from lightgbm import Booster

WEIGHTS = Path(__file__).parents[1] / "weights"
RANKED: dict[str, tuple[str, ...]] = {
    "total": TotalFeatures._fields,
    "vendor_name": NameFeatures._fields,
    "vendor_address": AddressFeatures._fields,
}
"""Fields whose value is chosen by learned trees, with the features that these see; the date is chosen by rules."""
SURE_BY_TREES = ("total", "vendor_address")
"""Fields for which trees tell how sure a choice is, from what the candidate looks like; for others a line does."""
CONFIDENCE_FEATURES = ("score", "lead", "recognized_least", "recognized", "recognized_all", "words", "is_rule")


@dataclass(frozen=True)
class Choice:
    """A candidate and how likely it is to be right, 0 to 1."""

    index: int
    """Among the candidates."""
    candidate: Candidate
    confidence: float


Scorer = Callable[[Sequence[Candidate]], list[float]]
"""How much each candidate looks like the value, 0 to 1."""
Judge = Callable[[Sequence[float]], float]
"""How likely a choice is right, 0 to 1, from `CONFIDENCE_FEATURES` and, behind them, the candidate's own."""


@dataclass(frozen=True)
class Ranker:
    """Orders a field's candidates by their scores and says how sure its choice is."""

    scores: Scorer
    judge: Judge
    is_bound: bool
    """Whether no choice is surer than the least certain of its words. Totals are not: sums and repetitions vouch."""

    def rank(self, candidates: Sequence[Candidate], ruled: str | None) -> list[Choice]:
        """The candidates with different values, the best first; `ruled` is the value that the rules would choose.

        Only the first one's confidence is calibrated; the others share what it leaves, by their scores.
        """
        if not candidates:
            return []
        scores = self.scores(candidates)
        order = sorted(range(len(candidates)), key=lambda index: -scores[index])
        kept: dict[str, int] = {}
        for index in order:
            kept.setdefault(candidates[index].value, index)
        best, *others = kept.values()
        lead = [scores[index] for index in others]
        features = confidence_features(candidates[best], scores[best], max(lead, default=0.0), ruled)
        sure = self.judge(features)
        if self.is_bound:
            sure = min(sure, _recognized(candidates[best].run)[0])
        left = (1 - sure) / max(1.0, sum(lead))
        choices = [Choice(best, candidates[best], sure)]
        choices += [Choice(i, candidates[i], score * left) for i, score in zip(others, lead, strict=True)]
        return choices


def by_trees(booster: "Booster") -> Scorer:
    """Scores by gradient boosted trees over the candidates' features."""

    def scores(candidates: Sequence[Candidate]) -> list[float]:
        matrix = np.array([candidate.features for candidate in candidates], np.float32)
        return [float(score) for score in booster.predict(matrix, num_threads=1)]

    return scores


def judge_by_trees(booster: "Booster") -> Judge:
    """By gradient boosted trees over all features."""
    return lambda features: float(booster.predict(np.array([features], np.float32), num_threads=1)[0])


def judge_by_line(coefficients: Sequence[float], intercept: float) -> Judge:
    """By logistic regression on `CONFIDENCE_FEATURES` alone; a coefficient each."""

    def judge(features: Sequence[float]) -> float:
        known = features[: len(CONFIDENCE_FEATURES)]
        return 1 / (1 + exp(-intercept - sum(c * f for c, f in zip(coefficients, known, strict=True))))

    return judge


def confidence_features(best: Candidate, score: float, second: float, ruled: str | None) -> tuple[float, ...]:
    """`CONFIDENCE_FEATURES`, each of which speaks for the best candidate the more the larger it is, and its own."""
    least, mean = _recognized(best.run)
    return (
        _logit(score),
        _logit(score) - _logit(second),
        -log(1.001 - least),
        -log(1.001 - mean),
        sum(log(max(word.confidence, 0.001)) for word in best.run.words),
        -log(len(best.run.words)),
        float(best.value == ruled),
        *best.features,
    )


@dataclass(frozen=True)
class FieldModels:
    lines: LineModel
    rankers: dict[str, Ranker]


@lru_cache(maxsize=2)
def load_models(folder: Path = WEIGHTS) -> FieldModels:
    """Read once a process, in a tenth of a second."""
    from lightgbm import Booster

    def trees(name: str) -> Booster:
        return Booster(model_str=(folder / f"{name}.txt").read_text(encoding="utf-8"))

    with (folder / "line_roles.npz").open("rb") as file:
        arrays = np.load(file)
        lines = LineModel(arrays["weights"].astype(np.float32), arrays["biases"].astype(np.float32))
    confidences = json.loads((folder / "confidences.json").read_text(encoding="utf-8"))
    scorers: dict[str, Scorer] = {"document_date": date_scores}
    scorers |= {name: by_trees(trees(name)) for name in RANKED}
    judges = {name: judge_by_line(**line) for name, line in confidences.items()}
    judges |= {name: judge_by_trees(trees(f"{name}_confidence")) for name in SURE_BY_TREES}
    rankers = {name: Ranker(scorer, judges[name], is_bound=name != "total") for name, scorer in scorers.items()}
    return FieldModels(lines, rankers)


@dataclass(frozen=True)
class Line:
    """Of a logistic regression."""

    coefficients: tuple[float, ...]
    intercept: float


def save_models(lines: LineModel, boosters: "Mapping[str, Booster]", judges: Mapping[str, Line], folder: Path) -> None:
    """Writes what `load_models` reads; `boosters` by the names of their files, `judges` by field."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        folder / "line_roles.npz", weights=lines.weights.astype(np.float16), biases=lines.biases.astype(np.float16)
    )
    for name, booster in boosters.items():
        (folder / f"{name}.txt").write_text(booster.model_to_string(), encoding="utf-8")
    confidences = {name: asdict(line) for name, line in judges.items()}
    (folder / "confidences.json").write_text(json.dumps(confidences, indent=1) + "\n", encoding="utf-8")


def _recognized(run: Run) -> tuple[float, float]:
    """Least and mean confidence of the words."""
    confidences = [word.confidence for word in run.words]
    return min(confidences), sum(confidences) / len(confidences)


def _logit(score: float) -> float:
    bounded = min(max(score, 0.002), 0.998)
    return log(bounded / (1 - bounded))
