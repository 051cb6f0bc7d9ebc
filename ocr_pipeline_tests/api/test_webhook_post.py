"""One attempt, against real sockets; only what a name stands for is made up."""

import asyncio
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api.webhooks import post as module
from api.webhooks.policy import get_policy
from api.webhooks.post import Posted, post
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.deliveries import Failure
from ocr_pipeline_tests.api.receivers import LOOPBACK, Answer, Receiver

INSIDE = Settings(webhook_networks=LOOPBACK)
TLS = httpx.create_ssl_context()


def send(url: str, settings: Settings = INSIDE, tls: ssl.SSLContext | None = None) -> Posted:
    policy = get_policy(settings)
    target = policy.read(url)
    headers = {"Host": target.authority, "webhook-id": "1"}
    return asyncio.run(post(target, headers, b"{}", policy=policy, tls=tls or TLS))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """Host to the addresses that each look-up in turn gives, the last one for good."""
    known: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *args: int, **kwargs: int) -> list[object]:
        if host not in known:
            return list(real(host, port, *args, **kwargs))
        answers = known[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [entry for address in addresses for entry in real(address, port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


@contextmanager
def listening(answer: bytes = b"", tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A port that answers with these bytes, and what was sent there: one entry a connection."""
    got: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    got.append(b"")
                    try:
                        stream = tls.wrap_socket(connection, server_side=True) if tls else connection
                        # To the end: who closes before that resets the connection, and takes the answer along.
                        while not got[-1].endswith(b"{}") and (some := stream.recv(65536)):
                            got[-1] += some
                        stream.sendall(answer)
                        stream.close()
                    except OSError:
                        pass

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], got
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_request_says_what_it_must_and_no_more() -> None:
    with Receiver() as receiver:
        posted = send(receiver.url)
    assert (posted.attempt.status, posted.attempt.error) == (200, None)
    assert 0 <= posted.attempt.seconds < 30
    (received,) = receiver.received
    assert received.path == "/hook?from=ocr"
    assert received.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert received.body == "{}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with Receiver() as other, Receiver(Answer(status, {"Location": other.url})) as receiver:
        posted = send(receiver.url)
    assert (posted.attempt.status, posted.attempt.error) == (status, Failure.STATUS)
    assert other.received == []


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as proxy, Receiver() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        posted = send(receiver.url)
    assert posted.attempt.error is None
    assert (len(receiver.received), len(proxy.received)) == (1, 0)


def test_a_large_answer_is_not_read() -> None:
    with listening(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 50_000_000) as (port, _):
        posted = send(f"http://127.0.0.1:{port}/")
    assert (posted.attempt.status, posted.attempt.error) == (200, None)


@pytest.mark.parametrize(
    "answer",
    [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, b"+PONG\r\n", b"\x00\xff" * 100],
)
def test_an_answer_that_is_no_http_is_a_failure(answer: bytes) -> None:
    with listening(answer) as (port, _):
        posted = send(f"http://127.0.0.1:{port}/")
    assert (posted.attempt.status, posted.attempt.error) == (None, Failure.ANSWER)


def test_a_receiver_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_SECONDS", 0.3)
    with Receiver() as receiver:
        receiver.may_answer.clear()
        posted = send(receiver.url)
    assert (posted.attempt.status, posted.attempt.error) == (None, Failure.TIMEOUT)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert send(f"http://127.0.0.1:{port}/").attempt.error is Failure.CONNECTION


def test_a_name_that_is_not_known(names: dict[str, list[list[str]]]) -> None:
    assert send("http://nobody.invalid/").attempt.error is Failure.NAME


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["::1"], ["93.184.215.14", "127.0.0.1"], ["169.254.169.254"]])
def test_a_name_that_leads_inside_is_not_even_knocked_at(
    names: dict[str, list[list[str]]], addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names["sneaky.example.com"] = [addresses]
    with listening() as (port, got):
        posted = send(f"https://sneaky.example.com:{port}/", Settings(webhook_ports=str(port)))
    assert posted.attempt.error is Failure.ADDRESS
    assert got == []


def test_the_address_that_was_checked_is_the_one_that_is_called(names: dict[str, list[list[str]]]) -> None:
    """A name server that answers otherwise the second time changes nothing: it is asked once."""
    with Receiver() as receiver:
        names["receiver.test"] = [["127.0.0.1"], ["10.255.255.1"]]
        assert send(f"http://receiver.test:{receiver.port}/").attempt.error is None
        assert names["receiver.test"] == [["10.255.255.1"]]
    assert receiver.received[0].headers["host"] == f"receiver.test:{receiver.port}"


def test_of_several_addresses_one_that_answers_is_enough(names: dict[str, list[list[str]]]) -> None:
    with Receiver() as receiver:
        names["receiver.test"] = [["127.0.0.2", "127.0.0.1"]]
        assert send(f"http://receiver.test:{receiver.port}/").attempt.error is None


def test_who_answers_must_prove_its_name(names: dict[str, list[list[str]]], tmp_path: Path) -> None:
    server, client = _contexts(tmp_path, "receiver.test")
    names["receiver.test"] = names["other.test"] = [["127.0.0.1"]]
    with listening(b"HTTP/1.1 204 No Content\r\n\r\n", server) as (port, got):
        assert send(f"https://receiver.test:{port}/", tls=client).attempt.status == 204
        assert send(f"https://other.test:{port}/", tls=client).attempt.error is Failure.TLS
        assert send(f"https://receiver.test:{port}/").attempt.error is Failure.TLS
    assert [bool(text) for text in got] == [True, False, False]


def _contexts(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's, with a certificate of its own making for `name`, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "both.pem").write_bytes(private + public)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "both.pem")
    client = httpx.create_ssl_context()
    client.load_verify_locations(cadata=public.decode())
    return server, client
