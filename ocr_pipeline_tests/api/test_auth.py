import asyncio
import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any

import httpx
import jwt
import pytest
from hypothesis import given
from hypothesis.strategies import binary, dictionaries, lists, none, one_of, recursive, sampled_from, text
from pydantic import SecretStr
from sqlalchemy import Engine

from api.app import app, create_app
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.token_store import MadeToken, TokenStore
from ocr_pipeline.tokens import ADMIN, READ, SCOPES, WRITE, Claims, Terms, create_token, key_id, verify_token
from ocr_pipeline_tests.api.conftest import SECRET
from ocr_pipeline_tests.api.servers import running_api
from ocr_pipeline_tests.conftest import Services

HOUR = timedelta(hours=1)
LATER = 9_999_999_999
CLAIMS: dict[str, Any] = {"sub": "x", "scope": READ, "exp": LATER}


def _signed(**claims: Any) -> str:
    present = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    return signed(present, SECRET.encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signed(payload: object, secret: bytes, **header: str) -> str:
    """With HS256, and without the library's care for what it signs."""
    parts = [_base64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT", **header}, payload)]
    return ".".join([*parts, _base64(hmac.digest(secret, ".".join(parts).encode(), "sha256"))])


BAD_TOKENS = {
    "nonsense": "nonsense",
    "empty": "",
    "expired": create_token("x", [READ], -HOUR, SECRET),
    "other secret": create_token("x", [READ], HOUR, SECRET[::-1]),
    "other algorithm": jwt.encode(CLAIMS, SECRET * 2, algorithm="HS512"),
    "no algorithm": signed(CLAIMS, b"", alg="none").rpartition(".")[0] + ".",
    "nested too deeply": f"{_base64(b'[' * 5000)}.e30.e30",
    "too long": _signed(more="x" * 9000),
    "no expiry": _signed(exp=None),
    "no subject": _signed(sub=None),
    "endless": _signed(exp=float("inf")),
    "not valid yet": _signed(nbf=LATER),
    "made in the future": _signed(iat=LATER),
    "list of scopes": _signed(scope=[READ]),
    "scopes that are none": _signed(scp=[1]),
    "number for scopes": _signed(scopes=1),
    "subject that is none": _signed(sub=7),
    "empty subject": _signed(sub=""),
    "endless subject": _signed(sub="x" * 256),
    "subject with NUL": _signed(sub="x\0"),
    "half a character": _signed(sub="\ud800"),
    "tenant with a slash": _signed(tenant="a/b"),
    "empty tenant": _signed(tenant=""),
    "tenant with a line's end": _signed(tenant="a\n"),
    "number for a tenant": _signed(tenant=1),
    "number for a webhook": _signed(webhook=1),
}


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({"scope": f"{READ} {WRITE}"}, {READ, WRITE}),
        ({"scope": None, "scp": [READ, WRITE]}, {READ, WRITE}),
        ({"scope": None, "scp": READ}, {READ}),
        ({"scope": "openid", "scopes": [READ]}, {"openid", READ}),
        ({"scope": ADMIN}, set(SCOPES)),
        ({"scope": None}, set()),
    ],
)
def test_scopes_are_found_where_issuers_write_them(claims: dict[str, Any], scopes: set[str]) -> None:
    assert verify_token(_signed(**claims), SECRET).scopes == scopes


def test_token_tells_who_its_bearer_is() -> None:
    made = create_token("scanner", [READ], HOUR, SECRET, tenant="acme", webhook="https://a.example/", token_id="7")
    claims = verify_token(made, SECRET)
    assert (claims.subject, claims.tenant, claims.webhook, claims.token_id) == (
        *("scanner", "acme"),
        *("https://a.example/", "7"),
    )
    assert 3590 < claims.expires_at - time.time() < 3610
    foreign = verify_token(_signed(sub="Zoë | O'Neil"), SECRET)
    assert foreign._replace(expires_at=LATER) == Claims("Zoë | O'Neil", frozenset({READ}), expires_at=LATER)


def test_token_keeps_to_the_terms() -> None:
    terms = Terms(issuer="https://issuer.example", audience="ocr", tenant_claim="org")
    claims = verify_token(create_token("x", [READ], HOUR, SECRET, tenant="acme", terms=terms), SECRET, terms)
    assert claims.tenant == "acme"
    good = {"iss": terms.issuer, "aud": ["others", "ocr"], "org": "acme"}
    assert verify_token(_signed(**good), SECRET, terms).tenant == "acme"
    for bad in ({"iss": None}, {"iss": "https://other.example"}, {"aud": None}, {"aud": "other"}, {"org": "a b"}):
        with pytest.raises(PipelineError, match="not valid"):
            verify_token(_signed(**good | bad), SECRET, terms)


@pytest.mark.parametrize("token", BAD_TOKENS.values(), ids=BAD_TOKENS)
def test_bad_token_is_refused(token: str) -> None:
    with pytest.raises(PipelineError) as caught:
        verify_token(token, SECRET)
    assert caught.value.code is ErrorCode.UNAUTHENTICATED


_json = recursive(
    one_of(none(), text(), sampled_from([True, 0, -1, 1e400, LATER])),
    lambda inner: one_of(lists(inner), dictionaries(text(), inner)),
)
_names = sampled_from(["sub", "exp", "iat", "nbf", "scope", "scp", "tenant", "jti", "webhook", "aud"])


@given(one_of(text(), binary().map(lambda data: f"{_base64(data)}.e30.")))
def test_no_text_is_more_than_a_bad_token(token: str) -> None:
    for read in (key_id, lambda text: verify_token(text, SECRET)):
        try:
            read(token)
        except PipelineError as error:
            assert error.code is ErrorCode.UNAUTHENTICATED  # noqa: PT017 - key_id may also find a name


@given(dictionaries(_names, _json))
def test_claims_of_any_form_are_taken_or_refused(claims: dict[str, Any]) -> None:
    try:
        found = verify_token(signed(CLAIMS | claims, SECRET.encode()), SECRET)
    except PipelineError as error:
        assert error.code is ErrorCode.UNAUTHENTICATED  # noqa: PT017 - they may also be good
    else:
        assert found.subject.isprintable()
        assert found.tenant


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic dTpw", "Bearer", "Bearer " + "[" * 9000])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/documents/x"),
        ("GET", "/documents/%00"),
        ("POST", "/ocr"),
        ("DELETE", "/ocr"),
        ("GET", "/nowhere"),
        ("PROPFIND", "/docs/../ocr"),
        ("GET", "/"),
        ("GET", "/docs/"),
        ("GET", "//metrics"),
    ],
)
def test_request_without_a_good_token_is_unauthenticated(
    unknown: httpx.Client, method: str, path: str, header: str | None
) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"} | ({"Authorization": header} if header else {})
    response = unknown.request(method, path, headers=headers, content=b"broken")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "urn:ocr-pipeline:problem:unauthenticated",
        "title": "Unauthenticated",
        "status": 401,
        "code": "unauthenticated",
        "category": "access",
        "detail": "The bearer token is missing, expired or not valid.",
        "advice": "Make a token with `ocr-pipeline token` and send it as `Authorization: Bearer TOKEN`.",
        "retryable": False,
        "request_id": response.headers["X-Request-ID"],
    }


@pytest.fixture(scope="module")
def unknown(services: Services) -> Iterator[httpx.Client]:
    """A client without a token, of a service that all tests here share."""
    changes = {"jwt_secret": SecretStr(SECRET), "dagster_url": "http://127.0.0.1:1"}
    with running_api(services.settings.model_copy(update=changes)) as url, httpx.Client(base_url=url) as client:
        yield client


def test_every_operation_asks_for_a_token(unknown: httpx.Client) -> None:
    for path, operations in app.openapi()["paths"].items():
        for method in operations:
            assert unknown.request(method, path.replace("{", "").replace("}", "")).status_code == 401, (method, path)


@pytest.mark.parametrize("path", ["/health", "/docs", "/redoc", "/openapi.json", "/metrics"])
def test_probes_and_documentation_need_no_token(unknown: httpx.Client, path: str) -> None:
    assert unknown.get(path).status_code == 200
    assert unknown.post(path).status_code == 405


def test_each_scope_opens_its_own_routes(api: httpx.Client) -> None:
    reader, writer, admin = (
        {"Authorization": f"Bearer {create_token(scope, [scope], HOUR, SECRET)}"} for scope in (READ, WRITE, ADMIN)
    )
    for allowed in (reader, admin):
        assert api.get("/documents/x", headers=allowed).status_code == 404
    for allowed in (writer, admin):
        assert api.post("/ocr", files={"file": b"x"}, params={"wait": 0}, headers=allowed).status_code == 202
    refused = api.post("/ocr", files={"file": b"x"}, headers=reader)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert WRITE in refused.json()["detail"]
    assert "insufficient_scope" in refused.headers["WWW-Authenticate"]
    assert READ in api.get("/documents/x", headers=writer).json()["detail"]


@pytest.mark.parametrize("path", ["/ocr", "/batch"])
def test_stranger_is_turned_away_before_the_upload_is_read(unknown: httpx.Client, path: str) -> None:
    with closing(HTTPConnection(unknown.base_url.host, unknown.base_url.port, timeout=5)) as connection:
        connection.putrequest("POST", path)
        connection.putheader("Content-Type", "multipart/form-data; boundary=x")
        connection.putheader("Content-Length", "1000000000")
        connection.endheaders()
        assert connection.getresponse().status == 401


def test_token_that_is_known_expires_all_the_same(api: httpx.Client) -> None:
    # Its time is up but for the clocks' leeway.
    token = _signed(exp=int(time.time()) - 3)
    header = {"Authorization": f"Bearer {token}"}
    assert api.get("/documents/x", headers=header).status_code == 404
    time.sleep(2.1)
    assert api.get("/documents/x", headers=header).status_code == 401


def test_revoked_token_is_refused_within_seconds_by_every_process(
    serve: Callable[..., httpx.Client], services: Services
) -> None:
    processes = [serve(), serve()]
    store = TokenStore(services.engine)
    made = _entered(services.engine, "revoked soon")
    header = {"Authorization": f"Bearer {create_token('x', [READ], HOUR, SECRET, token_id=made.id)}"}
    assert [api.get("/documents/x", headers=header).status_code for api in processes] == [404, 404]
    assert store.revoke(made.id) == [made.id]
    time.sleep(4)
    assert [api.get("/documents/x", headers=header).status_code for api in processes] == [401, 401]
    assert serve().get("/documents/x", headers=header).status_code == 401


def test_what_may_be_revoked_is_not_taken_unless_that_is_known(serve: Callable[..., httpx.Client]) -> None:
    away = SecretStr("postgresql+psycopg2://postgres@127.0.0.1:1/none")
    response = serve(database_url=away).get("/documents/x")
    assert (response.status_code, response.json()["detail"]) == (503, "Postgres cannot be reached.")


def _entered(engine: Engine, id_: str) -> MadeToken:
    with engine.begin() as connection:
        connection.execute(schema.tokens.delete())
    now = datetime.now(UTC)
    made = MadeToken(id_, "x", "default", READ, now, now + HOUR, None)
    TokenStore(engine).enter(made)
    return made


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"jwt_secret": SecretStr("")}, "OCR_JWT_SECRET"),
        ({"jwt_secret": SecretStr("short")}, "OCR_JWT_SECRET"),
        ({"jwt_algorithm": "RS256"}, "OCR_JWT_JWKS_URL"),
        ({"jwt_algorithm": "ES256", "jwt_jwks_url": "file:///etc/keys"}, "OCR_JWT_JWKS_URL"),
        ({"jwt_algorithm": "ES256", "jwt_jwks_url": "https://"}, "OCR_JWT_JWKS_URL"),
        ({"jwt_algorithm": "ES256", "jwt_jwks_url": "https://[::1"}, "OCR_JWT_JWKS_URL"),
    ],
)
def test_service_does_not_start_with_settings_that_let_anybody_in(
    settings: Settings, changes: dict[str, Any], named: str
) -> None:
    app = create_app(settings.model_copy(update=changes))

    async def start() -> None:
        async with app.router.lifespan_context(app):
            pytest.fail("it started")

    with pytest.raises(PipelineError, match=named) as caught:
        asyncio.run(start())
    assert caught.value.code is ErrorCode.INVALID_SETTING
