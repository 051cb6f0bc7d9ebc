from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.openapi.models import OpenAPI
from jsonschema import Draft202012Validator

from api.app import app
from ocr_pipeline.tokens import READ, SCOPES, WRITE

SCHEMA = app.openapi()


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in SCHEMA["paths"].items():
        for method, operation in operations.items():
            yield method, path, operation


def _responses() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    for method, path, operation in _operations():
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
    operations = [operation for _, _, operation in _operations()]
    names = [operation["operationId"] for operation in operations]
    assert {"read_document", "get_document", "read_batch", "get_batch"} <= set(names)
    assert len(set(names)) == len(names)
    assert all(operation["summary"] and operation["tags"] for operation in operations)


def test_probes_are_no_part_of_it() -> None:
    assert not {"/health", "/ready", "/metrics"} & set(SCHEMA["paths"])


@pytest.mark.parametrize(("method", "path", "status", "response"), list(_responses()))
def test_examples_match_their_schemas(method: str, path: str, status: str, response: dict[str, Any]) -> None:
    for media_type, content in response.get("content", {}).items():
        assert (media_type == "application/problem+json") == (status >= "400")
        examples = [example["value"] for example in content.get("examples", {}).values()]
        examples += [content["example"]] if "example" in content else []
        if "json" not in media_type:
            continue
        assert examples
        validator = Draft202012Validator({**content["schema"], "components": SCHEMA["components"]})
        for example in examples:
            validator.validate(example)
            assert status < "400" or example["status"] == int(status)


@pytest.mark.parametrize(("method", "path", "status", "response"), list(_responses()))
def test_headers_are_described(method: str, path: str, status: str, response: dict[str, Any]) -> None:
    headers = response["headers"]
    assert "X-Request-ID" in headers
    assert ("RateLimit" in headers) == (status != "401")
    assert status not in {"429", "503"} or "Retry-After" in headers


@pytest.mark.parametrize(("method", "path", "operation"), list(_operations()))
def test_every_operation_asks_for_a_scope_and_tells_what_may_go_wrong(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    (security,) = operation["security"]
    (scope,) = security["bearer"]
    assert scope in SCOPES
    assert scope != READ or method == "get"
    # A secret is not for those who may only read.
    assert scope != WRITE or method != "get" or path == "/webhooks/secret"
    assert {"401", "403", "429", "503"} <= set(operation["responses"])


def test_limits_are_described_where_documents_are_sent() -> None:
    for path in ("/ocr", "/batch"):
        responses = SCHEMA["paths"][path]["post"]["responses"]
        for status, code in (("429", "pages_limited"), ("503", "backlog_full"), ("413", "file_too_large")):
            assert code in responses[status]["content"]["application/problem+json"]["examples"], (path, code)


def test_documentation_is_served(api: httpx.Client) -> None:
    assert api.get("/openapi.json").json() == SCHEMA
    assert "swagger" in api.get("/docs").text
