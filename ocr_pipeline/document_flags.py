"""The options of `process` and `export` that say how files are read, as the API's query does."""

from typing import Annotated

import typer

from ocr_pipeline.documents.options import Engine, page_ranges
from ocr_pipeline.kinds.languages import LANGUAGES


def _pages(value: str | None) -> str | None:
    try:
        if value is not None:
            page_ranges(value)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    return value


def _language(value: str | None) -> str | None:
    if value is not None and value not in LANGUAGES:
        message = f"there are {', '.join(LANGUAGES)}"
        raise typer.BadParameter(message)
    return value


PagesFlag = Annotated[
    str | None, typer.Option("--pages", callback=_pages, help="Pages to read, such as 1-3,7-; by default all.")
]
KindFlag = Annotated[
    str | None, typer.Option("--kind", help="Kind of the documents; by default it is found from their words.")
]
LanguageFlag = Annotated[
    str | None,
    typer.Option(
        "--language",
        callback=_language,
        help="Language, such as en-US: settles dates and amounts that pages leave open.",
    ),
]
EngineFlag = Annotated[
    Engine | None, typer.Option("--engine", help="Recognition engine; by default that of OCR_RECOGNITION_ENGINE.")
]
