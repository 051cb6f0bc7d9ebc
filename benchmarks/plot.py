"""The plots. matplotlib comes with an extra: `is_possible` says whether it is there."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from benchmarks.contenders import CONTENDERS, Name
from benchmarks.results import Figures
from benchmarks.soak_watch import Sample

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


def scale(milliseconds: Mapping[int, Mapping[str, float]], path: Path) -> None:
    """How long each takes at each size of the ledger, as a multiple of that at the smallest; both logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 7), layout="constrained")
    axes = figure.add_subplot()
    sizes = sorted(milliseconds)
    first = milliseconds[sizes[0]]
    for place, name in enumerate(first):
        ratios = [milliseconds[size][name] / first[name] for size in sizes]
        style = "--" if name.startswith(("UI", "backfill")) else "-"
        axes.plot(sizes, ratios, style, marker=".", color=f"C{place % 10}", label=f"{name}: {first[name]:.1f} ms")
    axes.axhline(1.5, color="#8a8a8a", linewidth=1)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.grid(color="#e5e5e5")
    axes.set_xlabel("documents in the ledger")
    axes.set_ylabel(f"times as long as with {sizes[0]:,}")
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    figure.suptitle("What is done again and again, as the ledger grows")
    figure.savefig(path, dpi=150)


def soak(samples: Sequence[Sample], subtitle: str, path: Path) -> None:
    """What the stack held while documents went through it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 8), layout="constrained")
    done, memory, connections, results = figure.subplots(4, 1, sharex=True)
    minutes = [sample.seconds / 60 for sample in samples]
    done.plot(minutes, [sample.finished for sample in samples], color="#1b6ca8", label="finished")
    done.plot(minutes, [sample.unfinished for sample in samples], color="#8a8a8a", label="unfinished")
    done.set_ylabel("documents")
    for name in sorted({name for sample in samples for name in sample.workers}):
        memory.plot(minutes, [sample.workers.get(name, 0) / 1e6 for sample in samples], label=f"worker {name}")
    memory.plot(minutes, [sample.worker_bytes / 1e6 for sample in samples], color="#1b6ca8", label="together")
    memory.set_ylabel("resident, MB")
    connections.plot(minutes, [sample.connections for sample in samples], color="#1b6ca8", label="Postgres")
    connections.set_ylabel("connections")
    results.plot(minutes, [sample.redis_bytes / 1e6 for sample in samples], color="#1b6ca8", label="Redis")
    results.set_ylabel("memory, MB")
    results.set_xlabel("minutes")
    for axes in (done, memory, connections, results):
        axes.set_ylim(bottom=0)
        axes.grid(color="#e5e5e5")
        axes.legend(loc="lower right", frameon=False, fontsize=8)
    figure.suptitle("A soak of the local stack")
    done.set_title(subtitle, fontsize=9, color="#555555")
    figure.savefig(path, dpi=150)
