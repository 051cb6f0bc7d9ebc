"""The picture of docs/review.md: field confidences against truth, and what the review threshold trades."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.review import Point
from ocr_pipeline.evaluation.calibration import Bin, expected_calibration_error

_COLOURS = ("#1b6ca8", "#d1702b", "#4b9560", "#8a5fa8", "#b3a12a", "#8a8a8a")
_ALL_COLOUR = "black"


def review_plot(
    bins: Mapping[str, Sequence[Bin]], curves: Mapping[str, Sequence[Point]], default: float, path: Path
) -> None:
    """Both by set, the last of which is all sets together. `default` is the threshold that the settings have."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4.8), layout="constrained")
    reliability, precision, accepted = figure.subplots(1, 3)
    *sets, together = curves
    colours = {name: _COLOURS[number % len(_COLOURS)] for number, name in enumerate(sets)} | {together: _ALL_COLOUR}
    for name, colour in colours.items():
        error = expected_calibration_error(bins[name])
        label = name if error is None else f"{name}: calibration error {error:.3f}"
        style = {"color": colour, "linewidth": 2.5 if name == together else 1.3}
        known = [(point.threshold, point.precision) for point in curves[name] if point.precision is not None]
        precision.plot([threshold for threshold, _ in known], [share for _, share in known], **style)
        accepted.plot(
            [point.threshold for point in curves[name]],
            [point.accepted for point in curves[name]],
            label=label,
            **style,
        )
    _draw_bins(reliability, bins[together])
    reliability.set(title="Fields", xlabel="confidence", ylabel="share that is right", xlim=(0, 1.05), ylim=(0, 1.1))
    precision.set(title="Accepted documents", xlabel="review threshold", ylabel="share of their fields that is right")
    accepted.set(title="Documents", xlabel="review threshold", ylabel="share accepted", ylim=(0, 1.05))
    for axes in (reliability, precision, accepted):
        axes.grid(color="#e5e5e5")
    for axes in (precision, accepted):
        axes.axvline(default, color="grey", linestyle=":")
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(path, dpi=120)


def _draw_bins(axes: Any, bins: Sequence[Bin]) -> None:
    """Points as large as there are many values, with their number."""
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    most = max((found.words for found in bins), default=1)
    for found in bins:
        axes.scatter(found.confidence, found.right, s=15 + 300 * found.words / most, color=_ALL_COLOUR, linewidths=0)
        axes.annotate(
            str(found.words), (found.confidence, found.right), xytext=(0, 11), textcoords="offset points", ha="center"
        )
