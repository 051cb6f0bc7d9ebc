"""Kinds of documents as parameters of routes."""

from typing import Annotated

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.kinds.registry import kinds
from ocr_pipeline.settings import Settings


class _NamesKinds:
    """Names the kinds of this installation in the OpenAPI description, which is made when it is asked for."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | {"enum": [kind.name for kind in kinds(Settings().document_kinds)]}


KindName = Annotated[str, _NamesKinds()]


def check_kind(name: str | None, settings: Settings) -> None:
    """Raises PipelineError(INVALID_REQUEST) for a kind that there is not."""
    known = [kind.name for kind in kinds(settings.document_kinds)]
    if name is not None and name not in known:
        raise PipelineError(ErrorCode.INVALID_REQUEST, detail=f"`kind`: there are {', '.join(known)}")
