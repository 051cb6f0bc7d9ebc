"""The plots. matplotlib comes with an extra: `is_possible` says whether it is there."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from benchmarks.contenders import CONTENDERS, Name
from benchmarks.results import Figures

_MARKERS = {
    Name.EASYOCR: ("o", "#8a8a8a"),
    Name.TESSERACT: ("s", "#8a8a8a"),
    Name.RAPIDOCR: ("D", "#8a8a8a"),
    Name.PIPELINE_1_CORE: ("^", "#1b6ca8"),
    Name.PIPELINE_ALL_CORES: ("*", "#1b6ca8"),
}
IMPOSSIBLE = "There is no plot: matplotlib, of the extra `benchmark`, is not installed."


def is_possible() -> bool:
    return find_spec("matplotlib") is not None


def speed_and_accuracy(figures: Mapping[Name, Figures], subtitle: str, path: Path) -> None:
    """Pages a second (logarithmic) against word F1; contenders without an F1 are left out."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    figure = Figure(figsize=(8, 6), layout="constrained")
    axes = figure.add_subplot()
    for name, found in figures.items():
        if found.word_f1 is not None:
            marker, colour = _MARKERS[name]
            label = f"{CONTENDERS[name].title}: F1 {found.word_f1:.3f}, {found.pages_per_second:.3g} pages a second"
            axes.scatter(
                found.pages_per_second, found.word_f1, s=110, marker=marker, color=colour, label=label, zorder=3
            )
    axes.set_xscale("log")
    axes.margins(0.12)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(color="#e5e5e5")
    axes.set_xlabel("pages a second, recognition alone")
    axes.set_ylabel("word F1")
    # Beside the points, names of neighbours would cover each other.
    figure.legend(loc="outside lower center", frameon=False)
    figure.suptitle("Speed against accuracy")
    axes.set_title(subtitle, fontsize=9, color="#555555")
    figure.savefig(path, dpi=150)


def memory(resident_bytes: Mapping[int, int], subtitle: str, path: Path) -> None:
    """Resident memory of one process, by the number of pages that it has read."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(list(resident_bytes), [count / 1e6 for count in resident_bytes.values()], color="#1b6ca8", marker=".")
    axes.set_ylim(bottom=0)
    axes.grid(color="#e5e5e5")
    axes.set_xlabel("pages read")
    axes.set_ylabel("resident memory, MB")
    figure.suptitle("Memory of one worker process")
    axes.set_title(subtitle, fontsize=9, color="#555555")
    figure.savefig(path, dpi=150)
