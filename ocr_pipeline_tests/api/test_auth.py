import asyncio
import base64
import json
from contextlib import closing
from datetime import timedelta
from http.client import HTTPConnection

import httpx
import jwt
import pytest
from pydantic import SecretStr

from api.app import create_app
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.settings import Settings
from ocr_pipeline.tokens import READ, WRITE, Claims, create_token, verify_token
from ocr_pipeline_tests.api.conftest import SECRET

HOUR = timedelta(hours=1)


def _unsigned() -> str:
    parts = ({"alg": "none", "typ": "JWT"}, {"sub": "x", "scope": READ, "exp": 9_999_999_999})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


BAD_TOKENS = {
    "nonsense": "nonsense",
    "expired": create_token("x", [READ], -HOUR, SECRET),
    "other secret": create_token("x", [READ], HOUR, SECRET[::-1]),
    "other algorithm": jwt.encode({"sub": "x", "scope": READ, "exp": 9_999_999_999}, SECRET * 2, algorithm="HS512"),
    "no algorithm": _unsigned(),
    "no expiry": jwt.encode({"sub": "x", "scope": READ}, SECRET, algorithm="HS256"),
    "no subject": jwt.encode({"scope": READ, "exp": 9_999_999_999}, SECRET, algorithm="HS256"),
    "list of scopes": jwt.encode({"sub": "x", "scope": [READ], "exp": 9_999_999_999}, SECRET, algorithm="HS256"),
}


def test_token_tells_its_subject_and_scopes() -> None:
    claims = verify_token(create_token("scanner", [READ, WRITE], HOUR, SECRET), SECRET)
    assert claims == Claims("scanner", frozenset({READ, WRITE}))


@pytest.mark.parametrize("token", BAD_TOKENS.values(), ids=BAD_TOKENS)
def test_bad_token_is_refused(token: str) -> None:
    with pytest.raises(PipelineError) as caught:
        verify_token(token, SECRET)
    assert caught.value.code is ErrorCode.UNAUTHENTICATED


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic dTpw", "Bearer"])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/documents/x"), ("GET", "/batches/x"), ("POST", "/ocr"), ("POST", "/batch")]
)
def test_request_without_a_good_token_is_unauthenticated(
    api: httpx.Client, method: str, path: str, header: str | None
) -> None:
    del api.headers["Authorization"]
    response = api.request(method, path, headers={"Authorization": header} if header else {})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "urn:ocr-pipeline:problem:unauthenticated",
        "title": "Unauthenticated",
        "status": 401,
        "code": "unauthenticated",
        "detail": "The bearer token is missing, expired or not valid.",
        "advice": "Make a token with `ocr-pipeline token` and send it as `Authorization: Bearer TOKEN`.",
        "retryable": False,
    }


def test_each_scope_opens_its_own_routes(api: httpx.Client) -> None:
    reader = {"Authorization": f"Bearer {create_token('reader', [READ], HOUR, SECRET)}"}
    writer = {"Authorization": f"Bearer {create_token('writer', [WRITE], HOUR, SECRET)}"}
    assert api.get("/documents/x", headers=reader).status_code == 404
    assert api.post("/ocr", files={"file": b"x"}, params={"wait": 0}, headers=writer).status_code == 202
    refused = api.post("/ocr", files={"file": b"x"}, headers=reader)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert WRITE in refused.json()["detail"]
    assert "insufficient_scope" in refused.headers["WWW-Authenticate"]
    assert READ in api.get("/documents/x", headers=writer).json()["detail"]


@pytest.mark.parametrize("path", ["/ocr", "/batch"])
def test_stranger_is_turned_away_before_the_upload_is_read(api: httpx.Client, path: str) -> None:
    with closing(HTTPConnection(api.base_url.host, api.base_url.port, timeout=5)) as connection:
        connection.putrequest("POST", path)
        connection.putheader("Content-Type", "multipart/form-data; boundary=x")
        connection.putheader("Content-Length", "1000000000")
        connection.endheaders()
        assert connection.getresponse().status == 401


@pytest.mark.parametrize("secret", ["", "short"])
def test_service_does_not_start_with_a_weak_secret(settings: Settings, secret: str) -> None:
    app = create_app(settings.model_copy(update={"jwt_secret": SecretStr(secret)}))

    async def start() -> None:
        async with app.router.lifespan_context(app):
            pytest.fail("it started")

    with pytest.raises(PipelineError, match="OCR_JWT_SECRET"):
        asyncio.run(start())
