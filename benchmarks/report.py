"""Results for people (a table) and for programs (JSON)."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from benchmarks.contenders import Name
from benchmarks.results import Figures, Result


def as_json(results: Mapping[Name, Result], figures: Mapping[Name, Figures]) -> dict[str, object]:
    return {
        name: {
            "title": result.contender.title,
            "state": result.state,
            "problem": result.problem or None,
            "figures": asdict(figures[name]) if name in figures else None,
        }
        for name, result in results.items()
    }


def write_json(summary: Mapping[str, object], path: Path) -> None:
    """The file's folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")


def table(results: Mapping[Name, Result], figures: Mapping[Name, Figures]) -> Table:
    """Narrow enough for 100 columns."""
    made = Table(caption="Recognition alone; seconds of the fastest round; peak memory includes loading.")
    made.add_column("", no_wrap=True)
    for title in ("word F1", "CER", "s/page", "pages/s", "times\nEasyOCR", "normalize\ns/page", "peak MB"):
        made.add_column(title, justify="right")
    for name, result in results.items():
        if name not in figures:
            made.add_row(result.contender.title, result.state)
            continue
        found = figures[name]
        made.add_row(
            result.contender.title,
            _number(found.word_f1),
            _number(found.cer),
            _number(found.seconds_per_page),
            _number(found.pages_per_second),
            _number(found.times_easyocr, 1),
            _number(found.normalization_seconds_per_page),
            _number(found.peak_resident_bytes / 1e6, 0),
        )
    return made


def _number(value: float | None, decimals: int = 3) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"
