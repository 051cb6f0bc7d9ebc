"""`ocr-pipeline models download | verify`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.local.commands import explained
from ocr_pipeline.settings import get_settings

models = typer.Typer(help="The language model's weights on this machine.", no_args_is_help=True)

_FILES = ["*.safetensors", "*.json", "*.jinja", "tokenizer.model*"]
_DOUBLES = ["consolidated*", "original/*", "onnx/*"]
"""The same weights once more, for other programs."""
_MODEL = typer.Argument(help="Hub name, or folder or GGUF file; OCR_LANGUAGE_MODEL where it is not given.")
_FOLDER = typer.Option(help="Folder to put it in; the hub's own cache where it is not given.", file_okay=False)


@models.command()
def download(model: Annotated[str | None, _MODEL] = None, folder: Annotated[Path | None, _FOLDER] = None) -> None:
    """Fetch a model's weights, configuration and tokenizer from the hub (HF_ENDPOINT, HF_TOKEN)."""
    console = Console(stderr=True, soft_wrap=True, markup=False)
    with explained(console):
        name = model or get_settings().language_model
        got = _fetch(name, folder)
        console.print(f"{name} is in {got}", highlight=False)
        if folder:
            console.print(f"Use it with OCR_LANGUAGE_MODEL={got}", highlight=False)
        _show(console, name if folder is None else str(got))


@models.command()
def verify(model: Annotated[str | None, _MODEL] = None) -> None:
    """Check that a model's files are all there, whole, and of a kind that can be used."""
    console = Console(stderr=True, soft_wrap=True, markup=False)
    with explained(console):
        _show(console, model or get_settings().language_model)


def _fetch(name: str, folder: Path | None) -> str:
    # Imported here, as below: they load what other commands do not wait for.
    from huggingface_hub import snapshot_download

    try:
        return snapshot_download(name, allow_patterns=_FILES, ignore_patterns=_DOUBLES, local_dir=folder)
    except Exception as error:  # the hub's client and what carries it share no class of errors
        detail = f"it cannot be downloaded ({str(error).strip().partition(chr(10))[0].rstrip('.')})"
        raise PipelineError(ErrorCode.LANGUAGE_MODEL_UNUSABLE, model=name, detail=detail) from error


def _show(console: Console, model: str) -> None:
    """Prints what was looked at; raises PipelineError for the first thing that is wrong."""
    from ocr_pipeline.structuring.language_model.verify import checks

    table = Table("check", "", "what was found")
    failed: str | None = None
    for check in checks(model):
        table.add_row(check.name, "ok" if check.passed else "failed", check.detail)
        failed = failed or (None if check.passed else f"{check.name}: {check.detail}")
    console.print(table)
    if failed:
        raise PipelineError(ErrorCode.LANGUAGE_MODEL_UNUSABLE, model=model, detail=failed)
