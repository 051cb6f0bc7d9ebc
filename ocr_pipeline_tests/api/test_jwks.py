import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_elliptic_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from api.access import jwks
from ocr_pipeline.tokens import READ
from ocr_pipeline_tests.api.servers import free_port
from ocr_pipeline_tests.api.test_auth import signed

Private = RSAPrivateKey | EllipticCurvePrivateKey


class Issuer:
    """Makes tokens, and serves the public keys that they are checked with."""

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        self.keys: dict[str, Private] = {}
        self.fetches = 0
        self.raw: bytes | None = None
        """An answer that is no set of keys."""
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}/keys"
        self._server: ThreadingHTTPServer | None = None
        self.add("first")

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.fetches += 1
                body = outer.raw or outer.document()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,)).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def add(self, name: str) -> None:
        is_rsa = self.algorithm == "RS256"
        self.keys[name] = generate_rsa_key(65537, 2048) if is_rsa else generate_elliptic_key(SECP256R1())

    def document(self) -> bytes:
        keys = []
        for name, key in self.keys.items():
            public = key.public_key()
            is_rsa = isinstance(key, RSAPrivateKey)
            text = RSAAlgorithm.to_jwk(public) if is_rsa else ECAlgorithm.to_jwk(public)  # type: ignore[arg-type]
            keys.append(json.loads(text) | {"kid": name, "use": "sig", "alg": self.algorithm})
        return json.dumps({"keys": keys}).encode()

    def token(self, name: str | None, key: Private | None = None, **claims: Any) -> dict[str, str]:
        payload = {"sub": "x", "scope": READ, "exp": time.time() + 60, **claims}
        headers = {} if name is None else {"kid": name}
        signed = jwt.encode(payload, key or self.keys[name or "first"], algorithm=self.algorithm, headers=headers)
        return {"Authorization": f"Bearer {signed}"}


@pytest.fixture(params=["RS256", "ES256"])
def issuer(request: pytest.FixtureRequest) -> Iterator[Issuer]:
    with Issuer(request.param) as issuer:
        yield issuer


@pytest.fixture
def status(serve: Callable[..., httpx.Client], issuer: Issuer) -> Callable[[dict[str, str]], int]:
    """The status of a request with these headers; 404 is what a good token gets."""
    api = serve(jwt_algorithm=issuer.algorithm, jwt_jwks_url=issuer.url)
    return lambda headers: api.get("/documents/x", headers=headers).status_code


def test_tokens_of_the_issuer_are_good(issuer: Issuer, status: Callable[[dict[str, str]], int]) -> None:
    assert status(issuer.token("first")) == 404
    assert status(issuer.token(None)) == 404
    assert [status(issuer.token("first", jti=str(n))) for n in range(5)] == [404] * 5
    assert issuer.fetches == 1


def test_tokens_of_others_are_not(issuer: Issuer, status: Callable[[dict[str, str]], int]) -> None:
    stranger = Issuer(issuer.algorithm)
    assert status(stranger.token("first")) == 401
    assert status(stranger.token("made-up", key=stranger.keys["first"])) == 401
    # The public key, taken for a shared secret.
    public = issuer.keys["first"].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    shared = signed({"sub": "x", "scope": READ, "exp": time.time() + 60}, public, kid="first")
    assert status({"Authorization": f"Bearer {shared}"}) == 401


def test_unknown_keys_are_asked_for_but_not_at_strangers_will(
    issuer: Issuer, status: Callable[[dict[str, str]], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert status(issuer.token("first")) == 404
    issuer.add("second")
    unknown = [status(issuer.token(f"made-up-{n}", key=issuer.keys["first"])) for n in range(5)]
    assert (unknown, issuer.fetches) == ([401] * 5, 1)
    monkeypatch.setattr(jwks, "_PAUSE_SECONDS", 0)
    assert status(issuer.token("second")) == 404
    assert issuer.fetches == 2


def test_key_that_was_taken_back_is_good_no_more(
    issuer: Issuer, status: Callable[[dict[str, str]], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    header = issuer.token("first", jti="1")
    assert status(header) == 404
    issuer.add("second")
    lost = issuer.keys.pop("first")
    monkeypatch.setattr(jwks, "_OLD_SECONDS", 0)
    assert status(issuer.token("first", key=lost, jti="2")) == 404
    time.sleep(0.2)
    assert status(issuer.token("first", key=lost, jti="3")) == 401


def test_known_keys_outlive_their_server(
    issuer: Issuer, status: Callable[[dict[str, str]], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert status(issuer.token("first")) == 404
    issuer.stop()
    for limit in ("_OLD_SECONDS", "_PAUSE_SECONDS"):
        monkeypatch.setattr(jwks, limit, 0)
    assert [status(issuer.token("first", jti=str(n))) for n in range(3)] == [404] * 3
    assert status(issuer.token("second", key=issuer.keys["first"])) == 503


@pytest.mark.parametrize("raw", [b"<html>", b"[]", b'{"keys": []}', b'{"keys": [1]}', b'{"keys": 1}', b"{}", b"\xff"])
def test_answer_that_is_no_set_of_keys_counts_as_none(
    issuer: Issuer, status: Callable[[dict[str, str]], int], raw: bytes
) -> None:
    issuer.raw = raw
    assert status(issuer.token("first")) == 503
