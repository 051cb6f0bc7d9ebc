import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
from hypothesis import assume, given
from hypothesis.strategies import floats, integers

from api.access.limits import Counts, quota
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.page_quota import PageQuota
from ocr_pipeline.tokens import READ, WRITE, create_token
from ocr_pipeline_tests.api.conftest import SECRET

HOUR = timedelta(hours=1)
UPLOAD: dict[str, Any] = {"files": {"file": ("a.jpg", b"x")}, "params": {"wait": 0}}


def _as(subject: str, tenant: str = "default") -> dict[str, str]:
    return {"Authorization": f"Bearer {create_token(subject, [READ, WRITE], HOUR, SECRET, tenant=tenant)}"}


def test_too_many_requests_are_told_when_to_come_back(serve: Callable[..., httpx.Client]) -> None:
    api = serve(requests_per_minute=3)
    assert [api.get("/documents/x").status_code for _ in range(3)] == [404] * 3
    refused = api.get("/documents/x")
    assert refused.status_code == 429
    assert 50 <= int(refused.headers["Retry-After"]) <= 61
    problem = refused.json()
    assert (problem["code"], problem["retryable"], problem["category"]) == ("rate_limited", True, "limit")
    assert "More than 3 requests" in problem["detail"]


def test_every_answer_behind_a_token_tells_the_limit(serve: Callable[..., httpx.Client]) -> None:
    api = serve(requests_per_minute=4)
    remaining = []
    for path in ("/documents/x", "/nowhere", "/documents/a%20b", "/ocr", "/documents/x"):
        headers = api.get(path).headers
        assert headers["RateLimit-Policy"] == '"requests";q=4;w=60'
        assert headers["RateLimit-Limit"] == "4"
        assert 50 <= int(headers["RateLimit-Reset"]) <= 61
        assert headers["RateLimit"] == f'"requests";r={headers["RateLimit-Remaining"]};t={headers["RateLimit-Reset"]}'
        remaining.append(headers["RateLimit-Remaining"])
    assert remaining == ["3", "2", "1", "0", "0"]


def test_each_subject_of_each_tenant_has_requests_of_its_own(serve: Callable[..., httpx.Client]) -> None:
    api = serve(requests_per_minute=1)
    assert [api.get("/documents/x").status_code for _ in range(2)] == [404, 429]
    for other in (_as("other"), _as("other", tenant="acme")):
        assert [api.get("/documents/x", headers=other).status_code for _ in range(2)] == [404, 429]


def test_processes_count_together(serve: Callable[..., httpx.Client]) -> None:
    first, second = serve(requests_per_minute=2), serve(requests_per_minute=2)
    statuses = [api.get("/documents/x").status_code for api in (first, second, first, second)]
    assert statuses == [404, 404, 429, 429]


def test_probes_are_not_limited(serve: Callable[..., httpx.Client]) -> None:
    api = serve(requests_per_minute=1)
    assert {api.get("/health").status_code for _ in range(5)} == {200}


def test_pages_that_workers_charged_limit_what_is_sent(
    serve: Callable[..., httpx.Client], settings: Settings, ledger: Ledger
) -> None:
    api = serve(pages_per_minute=10)
    workers = PageQuota(settings.redis_url.get_secret_value(), 10)
    sender = _as("sender of pages")
    workers.charge("sender of pages", 9)
    taken = api.post("/ocr", headers=sender, **UPLOAD)
    assert taken.status_code == 202
    assert '"pages";r=1;t=' in taken.headers["RateLimit"]
    assert taken.headers["RateLimit-Remaining"] == "1"
    workers.charge("sender of pages", 500)
    refused = api.post("/ocr", headers=sender, **UPLOAD)
    assert (refused.status_code, refused.json()["code"]) == (429, "pages_limited")
    # 509 pages fade out to less than 10 only after nearly two minutes.
    assert 110 <= int(refused.headers["Retry-After"]) <= 120
    assert api.get("/documents/x", headers=sender).status_code == 404
    assert api.post("/ocr", headers=_as("sender of pages", tenant="acme"), **UPLOAD).status_code == 202


def test_no_documents_are_taken_while_too_many_wait(serve: Callable[..., httpx.Client], ledger: Ledger) -> None:
    api = serve(max_backlog=2)
    assert [api.post("/ocr", **UPLOAD | {"files": {"file": bytes([n])}}).status_code for n in (1, 2)] == [202, 202]
    time.sleep(1.1)
    refused = api.post("/ocr", **UPLOAD)
    assert (refused.status_code, refused.json()["code"]) == (503, "backlog_full")
    assert refused.json()["detail"] == "2 documents are waiting; the limit is 2."
    assert int(refused.headers["Retry-After"]) > 0
    assert api.get("/documents/x").status_code == 404


def test_body_that_can_only_be_too_long_is_refused(serve: Callable[..., httpx.Client]) -> None:
    api = serve(max_files=2, max_file_bytes=1000)
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    refused = api.post("/batch", content=b"x" * 200_000, headers=form)
    assert (refused.status_code, refused.json()["code"]) == (413, "file_too_large")
    assert api.post("/batch", content=b"x" * 100_000, headers=form).status_code == 422
    refused = api.post("/batch", content=b"x" * 1_000_001, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (413, "file_too_large")


@given(integers(1, 1000), integers(0, 5000), integers(0, 5000), floats(0.001, 60), floats(0, 120))
def test_whoever_waits_as_told_is_admitted_and_nobody_much_earlier(
    limit: int, previous: int, current: int, left: float, seconds: float
) -> None:
    counts = Counts(previous, left, current, left + 60)
    told = quota("requests", limit, counts)
    assume(not told.remaining)
    assert 1 <= told.seconds <= 120
    assert quota("requests", limit, _later(counts, told.seconds)).is_within
    if seconds < told.seconds - 1:
        assert not quota("requests", limit, _later(counts, seconds)).is_within


def _later(counts: Counts, seconds: float) -> Counts:
    """What Redis knows then."""
    left = counts.current_seconds - 60
    if seconds < left:
        return Counts(counts.previous, left - seconds, counts.current, left - seconds + 60)
    if seconds < left + 60:
        return Counts(counts.current, left + 60 - seconds, 0, left + 120 - seconds)
    return Counts(0, 0, 0, 0)
