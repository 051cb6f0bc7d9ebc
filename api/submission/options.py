"""Query parameters that say how a file is to be read, and where to tell what came of it."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import AfterValidator, WithJsonSchema

from api.access.auth import Sending
from api.backends import FromApp
from api.kind_names import KindName, check_kind
from api.webhooks.policy import LONGEST_URL, check_webhook
from ocr_pipeline.documents.options import PAGES, Engine, Options
from ocr_pipeline.kinds.languages import LANGUAGES


def _language(value: str) -> str:
    if value not in LANGUAGES:
        message = f"there are {', '.join(LANGUAGES)}"
        raise ValueError(message)
    return value


async def _document_options(
    backends: FromApp,
    pages: Annotated[
        str | None,
        Query(
            pattern=PAGES,
            max_length=500,
            description="The pages to be read: numbers and ranges, with commas between. By default all.",
            examples=["1-3,7-"],
        ),
    ] = None,
    kind: Annotated[
        KindName | None,
        Query(
            description="The kind of document, where it is known. By default it is found from the words.",
            examples=["invoice"],
        ),
    ] = None,
    language: Annotated[
        Annotated[str, AfterValidator(_language), WithJsonSchema({"type": "string", "enum": list(LANGUAGES)})] | None,
        Query(
            description="The language, where it is known: it settles dates and amounts that the page leaves open.",
            examples=["de"],
        ),
    ] = None,
    engine: Annotated[
        Engine | None, Query(description="The recognition engine. By default that of the settings.")
    ] = None,
) -> Options:
    check_kind(kind, backends.settings)
    return Options(pages=pages, kind=kind, language=language, engine=engine)


async def _webhook(
    caller: Sending,
    backends: FromApp,
    webhook: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=LONGEST_URL,
            description="An https address that is told when all is final. By default that of the token, if it has one.",
            pattern=r"^https?://[!-~]+$",
            examples=["https://example.com/hooks/ocr"],
        ),
    ] = None,
) -> str | None:
    url = caller.webhook if webhook is None else webhook
    if url is not None:
        check_webhook(url, backends.settings)
    return url


DocumentOptions = Annotated[Options, Depends(_document_options)]
"""A route's parameter: what its query asks for. Answers INVALID_REQUEST for what there is not."""
WebhookUrl = Annotated[str | None, Depends(_webhook)]
"""A route's parameter: where to tell the end. Answers WEBHOOK_REFUSED for an address that may not be called."""
