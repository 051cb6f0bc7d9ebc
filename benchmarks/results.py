"""What came out, as figures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from benchmarks.contenders import BASELINE, Contender, Name
from benchmarks.measure import Measured
from ocr_pipeline.evaluation.score import Prediction, Score, score


@dataclass
class Result:
    """What became of one contender; it failed or is not installed where `problem` says why."""

    contender: Contender
    problem: str = ""
    rounds: list[Measured] = field(default_factory=list)

    @property
    def state(self) -> Literal["measured", "not installed", "failed"]:
        if self.contender.missing:
            return "not installed"
        return "failed" if self.problem else "measured"

    @property
    def seconds_per_page(self) -> list[float]:
        """By round."""
        return [measured.seconds / measured.pages for measured in self.rounds]

    @property
    def fastest(self) -> float:
        """Seconds a page of the round that other work on the machine disturbed least."""
        return min(self.seconds_per_page)


@dataclass(frozen=True)
class Figures:
    """Seconds are those of the fastest round; memory is that of the hungriest."""

    word_precision: float | None
    word_recall: float | None
    word_f1: float | None
    cer: float | None
    seconds_per_page: float
    pages_per_second: float
    times_easyocr: float | None
    """How many times as fast as stock EasyOCR in the same run; None where that was not measured."""
    normalization_seconds_per_page: float | None
    load_seconds: float
    peak_resident_bytes: int
    seconds_per_page_by_round: list[float]
    versions: dict[str, str]


def figures(results: Mapping[Name, Result], truths: Iterable[Mapping[str, Any]]) -> dict[Name, Figures]:
    """Of those that were measured."""
    truths = list(truths)
    measured = {name: result for name, result in results.items() if result.state == "measured"}
    baseline = measured[BASELINE].fastest if BASELINE in measured else None
    return {name: _figures(result, _score(result, truths), baseline) for name, result in measured.items()}


def _score(result: Result, truths: list[Mapping[str, Any]]) -> Score:
    lines = result.rounds[0].lines
    return score(truths, {document_id: Prediction(tuple(found)) for document_id, found in lines.items()})


def _figures(result: Result, right: Score, baseline: float | None) -> Figures:
    normalization = [
        measured.normalization_seconds / measured.pages
        for measured in result.rounds
        if measured.normalization_seconds is not None
    ]
    return Figures(
        word_precision=right.word_precision,
        word_recall=right.word_recall,
        word_f1=right.word_f1,
        cer=right.cer,
        seconds_per_page=result.fastest,
        pages_per_second=1 / result.fastest,
        times_easyocr=baseline / result.fastest if baseline else None,
        normalization_seconds_per_page=min(normalization, default=None),
        load_seconds=min(measured.load_seconds for measured in result.rounds),
        peak_resident_bytes=max(measured.peak_resident_bytes for measured in result.rounds),
        seconds_per_page_by_round=result.seconds_per_page,
        versions=result.rounds[0].versions,
    )
