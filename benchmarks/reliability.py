"""How well words' confidences hold on folders of labelled documents, as a plot.

python -m benchmarks.reliability FOLDER... --output docs/reliability.png
"""

from pathlib import Path
from typing import Annotated

import typer
from matplotlib.figure import Figure

from ocr_pipeline.evaluation.calibration import Bin, expected_calibration_error, reliability
from ocr_pipeline.evaluation.run import evaluate, load_truth
from ocr_pipeline.settings import get_settings


def main(
    folders: Annotated[list[Path], typer.Argument(help="Folders with a truth.jsonl.", exists=True, file_okay=False)],
    output: Annotated[Path, typer.Option(help="The PNG to write.")] = Path("benchmarks/results/reliability.png"),
) -> None:
    """Plot how often words are right against how sure the engine was of them."""
    found = {}
    for folder in folders:
        judged = [word for document in evaluate(folder, load_truth(folder), get_settings()) for word in document.judged]
        found[folder.name] = reliability(judged)
        typer.echo(f"{folder.name}: {len(judged)} words, calibration error {_error(found[folder.name])}")
    output.parent.mkdir(parents=True, exist_ok=True)
    _plot(found).savefig(output, dpi=120)


def _plot(found: dict[str, list[Bin]]) -> Figure:
    figure = Figure(figsize=(6, 5), layout="constrained")
    axes = figure.add_subplot(xlabel="confidence", ylabel="share of the words that are right", xlim=(0, 1), ylim=(0, 1))
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="as claimed")
    for name, bins in found.items():
        label = f"{name}: error {_error(bins)}"
        (line,) = axes.plot([b.confidence for b in bins], [b.right for b in bins], label=label)
        # As large as there are many words.
        sizes = [10 + 200 * b.words / max(c.words for c in bins) for b in bins]
        axes.scatter([b.confidence for b in bins], [b.right for b in bins], s=sizes, color=line.get_color(), alpha=0.5)
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def _error(bins: list[Bin]) -> str:
    error = expected_calibration_error(bins)
    return "-" if error is None else f"{error:.3f}"


if __name__ == "__main__":
    typer.run(main)
