"""Recognition side by side: stock EasyOCR, Tesseract, RapidOCR, and this pipeline at one and at all cores.

    python -m benchmarks.recognition FOLDER

Each contender reads the same pages in a process of its own. With several rounds the contenders take turns, so that
other work on the machine meets them all.
"""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from benchmarks import plot
from benchmarks.contenders import CONTENDERS, Name
from benchmarks.documents import Document, labelled
from benchmarks.isolation import WorkFailed, alone
from benchmarks.machine import machine
from benchmarks.measure import Measured
from benchmarks.options import RESULTS, Limit, OptionalFolder, Output, folder_or_samples
from benchmarks.report import as_json, table, write_json
from benchmarks.results import Result, figures


def main(
    folder: OptionalFolder = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each contender reads all pages.")] = 1,
    limit: Limit = None,
    only: Annotated[list[Name] | None, typer.Option(help="Measure this contender; may be repeated.")] = None,
    output: Output = RESULTS,
) -> None:
    """Measure accuracy, speed and memory of recognition engines on labelled documents."""
    console = Console(stderr=True)
    described = machine()
    results = {name: Result(CONTENDERS[name]) for name in Name if not only or name in only}
    with folder_or_samples(folder) as read, _progress(console) as progress:
        found = labelled(read, limit)
        for number in range(1, rounds + 1):
            for result in results.values():
                title = f"{result.contender.title}, round {number} of {rounds}"
                _measure(result, found.documents, progress, progress.add_task(title, total=found.pages))
    measured = figures(results, found.truths)
    summary = {
        "folder": folder.name if folder else "samples",
        "documents": len(found.documents),
        "pages": found.pages,
        "refused": found.refused,
        "rounds": rounds,
        **described,
        "contenders": as_json(results, measured),
    }
    write_json(summary, output / "recognition.json")
    subtitle = "{folder}, {pages} pages; {cpu}, {cores} cores; {date}".format(**summary)
    Console(width=100).print(table(results, measured), subtitle, sep="\n", highlight=False)
    problems = [f"{file} was left out: {reason}" for file, reason in found.refused.items()]
    problems += [
        f"{result.contender.title}: {result.state}: {result.problem}" for result in results.values() if result.problem
    ]
    if not plot.is_possible():
        problems.append(plot.IMPOSSIBLE)
    elif any(of_one.word_f1 is not None for of_one in measured.values()):
        plot.speed_and_accuracy(measured, subtitle, output / "recognition.png")
    for problem in problems:
        console.print(problem, style="yellow", markup=False, highlight=False)
    console.print(f"Written to {output}")
    if any(result.state == "failed" for result in results.values()):
        raise typer.Exit(1)


def _measure(result: Result, documents: list[Document], progress: Progress, task: TaskID) -> None:
    """One round; a contender that cannot take part, or failed before, says why."""
    if result.contender.missing:
        result.problem = f"there is no module {' nor '.join(result.contender.missing)}"
    try:
        if not result.problem:
            for message in alone(result.contender.cpus, result.contender.work, documents):
                if isinstance(message, Measured):
                    result.rounds.append(message)
                else:
                    progress.update(task, completed=message)
    except WorkFailed as failure:
        result.problem = str(failure)
    if result.problem:
        progress.update(task, description=f"{result.contender.title}: {result.state}")


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )


if __name__ == "__main__":
    typer.run(main)
