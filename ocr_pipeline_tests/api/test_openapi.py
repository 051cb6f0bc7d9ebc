from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.openapi.models import OpenAPI

from api import schemas
from api.app import app
from ocr_pipeline.documents.outcome import Outcome

SCHEMA = app.openapi()
MODELS = vars(schemas) | {"Outcome": Outcome}


def _responses() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    for path, operations in SCHEMA["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                yield method, path, status, response


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _references(child)


def test_description_is_valid_and_complete() -> None:
    OpenAPI.model_validate(SCHEMA)
    components = SCHEMA["components"]["schemas"]
    assert {reference.removeprefix("#/components/schemas/") for reference in _references(SCHEMA)} <= set(components)


def test_every_operation_has_a_name_a_summary_and_a_tag() -> None:
    operations = [operation for path in SCHEMA["paths"].values() for operation in path.values()]
    assert [operation["operationId"] for operation in operations] == [
        "read_document",
        "get_document",
        "read_batch",
        "get_batch",
        "get_health",
        "get_readiness",
    ]
    assert all(operation["summary"] and operation["tags"] for operation in operations)


@pytest.mark.parametrize(("method", "path", "status", "response"), list(_responses()))
def test_examples_match_their_models(method: str, path: str, status: str, response: dict[str, Any]) -> None:
    ((media_type, content),) = response["content"].items()
    is_error = int(status) >= 400
    assert media_type == ("application/problem+json" if is_error else "application/json")
    model = MODELS[content["schema"]["$ref"].rpartition("/")[2]]
    assert (model is schemas.Problem) == is_error
    # FastAPI leaves nulls out of examples.
    examples = [example["value"] for example in content.get("examples", {}).values()]
    examples += [content["example"]] if "example" in content else []
    assert examples or model is schemas.Health
    for example in examples:
        assert model.model_validate(example).model_dump(mode="json", exclude_none=True) == example
        assert not is_error or example["status"] == int(status)


def test_writing_needs_another_scope_than_reading() -> None:
    scopes = {
        (method, path): operation["security"]
        for path, operations in SCHEMA["paths"].items()
        for method, operation in operations.items()
        if "security" in operation
    }
    assert scopes == {
        ("post", "/ocr"): [{"bearer": ["ocr:write"]}],
        ("get", "/documents/{document_id}"): [{"bearer": ["ocr:read"]}],
        ("post", "/batch"): [{"bearer": ["ocr:write"]}],
        ("get", "/batches/{batch}"): [{"bearer": ["ocr:read"]}],
    }


def test_documentation_is_served(api: httpx.Client) -> None:
    assert api.get("/openapi.json").json() == SCHEMA
    assert "swagger" in api.get("/docs").text
