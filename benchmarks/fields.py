"""Fields, review and evidence on folders of labelled documents, as in docs/review.md.

python -m benchmarks.fields FOLDER... --output docs/review.png

Prints Markdown: what becomes of the documents at the threshold that the settings have, what other thresholds would
give, why documents go to review, and whether the evidence of accepted rows holds; draws the curve. With ``--list`` it
names what is wrong though accepted, and what is sent to review though right. Ends with status 1 where accepted
evidence does not hold.
"""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks import review_report
from benchmarks.evidence import Finding, checked
from benchmarks.field_documents import Judged, judged, name_of, structured
from benchmarks.review import is_accepted, review_curve, right_though_reviewed, wrong_though_accepted
from benchmarks.review_plot import review_plot
from ocr_pipeline.documents.model import Verdict
from ocr_pipeline.evaluation.calibration import reliability
from ocr_pipeline.evaluation.labelled_fields import claims
from ocr_pipeline.kinds.registry import kinds
from ocr_pipeline.settings import Settings, get_settings

_TOGETHER = "all"
_THRESHOLDS = [number / 100 for number in range(101)]


def main(
    folders: Annotated[
        list[Path], typer.Argument(help="Folders with a truth.jsonl.", exists=True, file_okay=False, resolve_path=True)
    ],
    texts: Annotated[
        Path | None, typer.Option(help="Recognized texts: FOLDER/SPLIT/SET/ID.json; recognized anew where missing.")
    ] = None,
    output: Annotated[Path, typer.Option(help="The PNG to write.")] = Path("benchmarks/results/review.png"),
    listed: Annotated[bool, typer.Option("--list", help="Name the documents that are judged wrongly.")] = False,
) -> None:
    """Measure fields, review and evidence."""
    settings = get_settings()
    sets = {name_of(folder): list(structured(folder, texts, settings)) for folder in folders}
    sets[_TOGETHER] = [document for documents in sets.values() for document in documents]
    results = {name: [judged(document, settings) for document in documents] for name, documents in sets.items()}
    curves = {name: review_curve(documents, settings, _THRESHOLDS) for name, documents in sets.items()}
    together = results[_TOGETHER]
    typer.echo(f"At a review threshold of {settings.review_confidence:g}:\n")
    typer.echo(review_report.states(results))
    typer.echo(f"\nBy review threshold:\n\n{review_report.curve(curves)}")
    by_field = review_report.fields(together, settings.review_confidence)
    typer.echo(f"\nFields, sure at {settings.review_confidence:g} and above:\n\n{by_field}")
    typer.echo(f"\nWhy documents are not accepted:\n\n{review_report.reasons(together)}")
    if listed:
        typer.echo("\n".join(["\nAccepted, though a field is wrong:\n", *wrong_though_accepted(together)]))
        typer.echo("\n".join(["\nNot accepted, though all labels are met:\n", *right_though_reviewed(together)]))
    bins = {name: reliability([c for one in found for c in claims(one.fields)]) for name, found in results.items()}
    output.parent.mkdir(parents=True, exist_ok=True)
    review_plot(bins, curves, settings.review_confidence, output)
    if not _evidence_holds(together, settings):
        raise typer.Exit(1)


def _evidence_holds(documents: list[Judged], settings: Settings) -> bool:
    """Prints what the evidence of accepted documents is, with every value that no words give."""
    choices = kinds(settings.document_kinds)
    found = {
        one.id: list(checked(one.result, choices))
        for one in documents
        if isinstance(one.result, Verdict) and is_accepted(one)
    }
    typer.echo(f"\nEvidence of accepted documents:\n\n{review_report.evidence(found)}")
    return all(value.finding is not Finding.WRONG for values in found.values() for value in values)


if __name__ == "__main__":
    typer.run(main)
