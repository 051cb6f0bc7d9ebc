from collections.abc import Callable
from datetime import timedelta

import httpx

from ocr_pipeline.tokens import READ, create_token
from ocr_pipeline_tests.api.conftest import SECRET


def test_too_many_requests_are_told_when_to_come_back(serve: Callable[..., httpx.Client]) -> None:
    api = serve(requests_per_minute=3)
    assert [api.get("/documents/x").status_code for _ in range(3)] == [404] * 3
    refused = api.get("/documents/x")
    assert refused.status_code == 429
    assert 50 <= int(refused.headers["Retry-After"]) <= 61
    problem = refused.json()
    assert (problem["code"], problem["retryable"]) == ("rate_limited", True)
    assert "More than 3 requests" in problem["detail"]


def test_each_subject_has_requests_of_its_own(serve: Callable[..., httpx.Client]) -> None:
    api = serve(requests_per_minute=1)
    assert [api.get("/documents/x").status_code for _ in range(2)] == [404, 429]
    other = create_token("other", [READ], timedelta(hours=1), SECRET)
    assert api.get("/documents/x", headers={"Authorization": f"Bearer {other}"}).status_code == 404


def test_processes_count_together(serve: Callable[..., httpx.Client]) -> None:
    first, second = serve(requests_per_minute=2), serve(requests_per_minute=2)
    statuses = [api.get("/documents/x").status_code for api in (first, second, first, second)]
    assert statuses == [404, 404, 429, 429]


def test_probes_are_not_limited(serve: Callable[..., httpx.Client]) -> None:
    api = serve(requests_per_minute=1)
    assert {api.get("/health").status_code for _ in range(5)} == {200}
