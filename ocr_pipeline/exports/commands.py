"""`ocr-pipeline export`."""

from itertools import chain, count
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console

from ocr_pipeline.document_flags import EngineFlag, KindFlag, LanguageFlag, PagesFlag
from ocr_pipeline.documents.model import DocumentText, Rejection
from ocr_pipeline.documents.options import Options
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.exports.export import Format
from ocr_pipeline.exports.export import export as run
from ocr_pipeline.local.commands import explained
from ocr_pipeline.settings import Settings, get_settings

_FILES = typer.Argument(help="Documents.", exists=True, dir_okay=False)
_FORMAT = typer.Option("--format", "-f", help="What to write.")
_OUTPUT = typer.Option("--output", "-o", help="Folder to write to, made where it is missing.", file_okay=False)


def export(
    files: Annotated[list[Path], _FILES],
    *,
    to: Annotated[Format, _FORMAT],
    output: Annotated[Path | None, _OUTPUT] = None,
    pages: PagesFlag = None,
    kind: KindFlag = None,
    language: LanguageFlag = None,
    engine: EngineFlag = None,
) -> None:
    """Write the text of files as plain text, Markdown, hOCR, ALTO or searchable PDF, beside them or into a folder."""
    with explained():
        settings = get_settings()
    errors = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)
    options = Options(pages=pages, kind=kind, language=language, engine=engine)
    taken: set[Path] = set()
    failed = False
    for file in files:
        target = _target(output or file.parent, file, to, taken)
        if problem := _export(file, to, target, settings, options):
            errors.print(f"{file}: {problem}")
            failed = True
        else:
            taken.add(target)
            typer.echo(f"{file} -> {target}")
    if failed:
        raise typer.Exit(1)


def _export(file: Path, to: Format, target: Path, settings: Settings, options: Options) -> str | None:
    """Writes `target`; what kept it from being written, with advice, if something did."""
    # Imported here: it loads OpenCV, MuPDF and the engines' libraries, which other commands do not wait for.
    from ocr_pipeline.pipeline import process

    try:
        data = file.read_bytes()
    except OSError as error:
        return _sentences(PipelineError(ErrorCode.INPUT_UNREADABLE, file=file, detail=error.strerror))
    processed = process(data, file.name, settings, options)
    if isinstance(processed.result, Rejection):
        return f"{processed.result.message} {processed.result.advice}"
    text = cast("DocumentText", processed.text)  # what was not rejected was read
    try:
        exported = run(text, to, lambda: data, settings.pdf_dpi)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(exported)
    except PipelineError as error:
        return _sentences(error)
    except OSError as error:
        return _sentences(PipelineError(ErrorCode.OUTPUT_UNWRITABLE, target=target, detail=error.strerror))
    return None


def _sentences(error: PipelineError) -> str:
    return f"{error.message} {error.advice}"


def _target(folder: Path, file: Path, to: Format, taken: set[Path]) -> Path:
    """Named like the file; with its ending, and then a number, where another file of this call has that name."""
    names = chain([file.stem, file.name], (f"{file.name}-{number}" for number in count(2)))
    return next(target for name in names if (target := folder / (name + to.suffix)) not in taken)
