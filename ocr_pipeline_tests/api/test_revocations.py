import time
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from api.access import revocations
from ocr_pipeline.storage.token_store import TokenStore
from ocr_pipeline.tokens import READ, create_token
from ocr_pipeline_tests.api.conftest import SECRET


def test_what_was_known_last_counts_while_postgres_is_away(
    serve: Callable[..., httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = iter([frozenset({"bad"})])
    failures = []

    def read(_: TokenStore) -> frozenset[str]:
        try:
            return next(readings)
        except StopIteration:
            failures.append(time.monotonic())
            raise OperationalError("select", {}, ConnectionError("away")) from None

    monkeypatch.setattr(TokenStore, "revoked", read)
    monkeypatch.setattr(revocations, "_INTERVAL_SECONDS", 0.05)
    api = serve()
    headers = {
        id_: {"Authorization": f"Bearer {create_token('x', [READ], timedelta(hours=1), SECRET, token_id=id_)}"}
        for id_ in ("good", "bad")
    }
    end = time.monotonic() + 10
    while len(failures) < 3 and time.monotonic() < end:
        assert api.get("/documents/x", headers=headers["bad"]).status_code == 401
        assert api.get("/documents/x", headers=headers["good"]).status_code == 404
        time.sleep(0.05)
    assert len(failures) >= 3
