"""A document that was read, as files and pictures."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.concurrency import run_in_threadpool

from api import examples
from api.documents import examples as document_examples
from api.problems import documented
from api.rendering.answer import Rendering
from api.rendering.views import Export, PagePicture, Words
from ocr_pipeline.documents.model import DocumentText
from ocr_pipeline.exports.export import Format
from ocr_pipeline.exports.marks import Boxes, Mark, field_marks
from ocr_pipeline.storage.tables import load_verdict
from ocr_pipeline.tokens import READ

router = APIRouter(tags=["documents"])

_HEADERS = {
    "ETag": {"description": "To be sent as If-None-Match the next time", "schema": {"type": "string"}},
    "Content-Disposition": {"description": "A name for the file", "schema": {"type": "string"}},
}
_BINARY = {"type": "string", "format": "binary"}
_TEXT = {"type": "string"}
_Rendering = Annotated[Rendering, Depends()]


def _answers(media_type: str, content: dict[str, Any], **more: Any) -> dict[int | str, dict[str, Any]]:
    media_type = media_type.partition(";")[0]
    return {
        200: {"description": "The file", "headers": _HEADERS, "content": {media_type: content}, **more},
        304: {"description": "The copy at hand is fresh.", "headers": {"ETag": _HEADERS["ETag"]}},
        **documented(
            *examples.always(READ), *examples.lookup("document", examples.DOCUMENT_ID), *document_examples.UNREAD
        ),
    }


@router.get(
    "/documents/{document_id}/text",
    summary="Get a document as plain text",
    description="In reading order; tabs between what stands side by side, a form feed between pages.",
    response_class=Response,
    responses=_answers(Format.TEXT.media_type, {"schema": _TEXT, "example": document_examples.TEXT}),
)
async def get_text(rendering: _Rendering) -> Response:
    return await rendering.answer(Export(Format.TEXT))


@router.get(
    "/documents/{document_id}/markdown",
    summary="Get a document as Markdown",
    description="Headings, paragraphs and tables as they stand on the pages.",
    response_class=Response,
    responses=_answers(Format.MARKDOWN.media_type, {"schema": _TEXT, "example": document_examples.MARKDOWN}),
)
async def get_markdown(rendering: _Rendering) -> Response:
    return await rendering.answer(Export(Format.MARKDOWN))


@router.get(
    "/documents/{document_id}/hocr",
    summary="Get a document as hOCR",
    description="hOCR 1.2, with boxes in pixels of the original pages and confidence in percent.",
    response_class=Response,
    responses=_answers(Format.HOCR.media_type, {"schema": _TEXT, "example": document_examples.HOCR}),
)
async def get_hocr(rendering: _Rendering) -> Response:
    return await rendering.answer(Export(Format.HOCR))


@router.get(
    "/documents/{document_id}/alto",
    summary="Get a document as ALTO",
    description="ALTO XML, with boxes in pixels of the original pages.",
    response_class=Response,
    responses=_answers(Format.ALTO.media_type, {"schema": _TEXT, "example": document_examples.ALTO}),
)
async def get_alto(rendering: _Rendering) -> Response:
    return await rendering.answer(Export(Format.ALTO))


@router.get(
    "/documents/{document_id}/pdf",
    summary="Get a document as a searchable PDF",
    description="The pages as they are, with invisible text over those that had none.",
    response_class=Response,
    responses=_answers(Format.PDF.media_type, {"schema": _BINARY}),
)
async def get_pdf(rendering: _Rendering) -> Response:
    return await rendering.answer(Export(Format.PDF))


@router.get(
    "/documents/{document_id}/words",
    summary="Get the words of a document",
    description="All pages with their lines and words, boxes in pixels of the original pages, and confidence.",
    response_class=Response,
    responses=_answers(Words().media_type, {"example": document_examples.WORDS}, model=DocumentText),
)
async def get_words(rendering: _Rendering) -> Response:
    return await rendering.answer(Words())


@router.get(
    "/documents/{document_id}/pages/{number}.png",
    summary="Get a page of a document as a picture",
    description="As large as the original page, so that boxes of the record and of `/words` fit. Boxes that are drawn "
    "are green where the value or word is sure, orange where it is doubtful, red where it is a guess.",
    response_class=Response,
    responses=_answers("image/png", {"schema": _BINARY}),
)
async def get_page(
    rendering: _Rendering,
    number: Annotated[int, Path(ge=1, le=99_999, description="The page's number in the file, from 1 on")],
    boxes: Annotated[
        Boxes, Query(description="What to draw: the words, the lines, or the values of the record with their names")
    ] = Boxes.NONE,
    width: Annotated[
        int | None, Query(ge=16, le=10_000, description="Pixels at most; a page is never made larger than it is")
    ] = None,
) -> Response:
    marks = await run_in_threadpool(_field_marks, rendering, number) if boxes is Boxes.FIELDS else []
    return await rendering.answer(PagePicture(number, boxes, tuple(marks), width))


def _field_marks(rendering: Rendering, number: int) -> list[Mark]:
    verdict = load_verdict(rendering.backends.engine, rendering.document.id)
    return [] if verdict is None else field_marks(verdict.record, number)
