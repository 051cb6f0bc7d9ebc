"""The nightly comparison of inbox and ledger, as a run."""

from uuid import uuid4

import pytest

from ocr_pipeline.orchestration.schedules.reconcile_inbox import reconcile_inbox
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.objects import ObjectStore
from ocr_pipeline_tests.orchestration.batch_runs import Batches
from ocr_pipeline_tests.orchestration.schedules.executed import execute, told


def test_it_enters_what_nobody_announced_and_names_what_is_gone(
    batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = f"inbox-{uuid4().hex}/"
    monkeypatch.setenv("OCR_S3_INBOX_PREFIX", prefix)
    monkeypatch.setenv("OCR_INBOX_TENANT", "acme")
    get_settings.cache_clear()
    services = batches.services
    services.store.put(f"{prefix}a.jpg", b"x")
    services.ledger.register([Arrival("gone.jpg", f"{prefix}gone.jpg", "e", 1)])

    shown = told(execute(reconcile_inbox, batches.instance, services))

    assert shown["files compared"] == shown["entered"] == shown["waiting documents without file"] == 1
    assert shown["without file"] == "- `gone.jpg`"
    (document,) = services.ledger.documents_of([f"{prefix}a.jpg"])
    assert (document.file, document.tenant) == ("a.jpg", "acme")

    again = told(execute(reconcile_inbox, batches.instance, services, most_named=0))

    assert (again["known"], again["entered"]) == (1, 0)
    assert "without file" not in again


def test_when_the_time_is_up_the_next_run_goes_on_there(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = f"inbox-{uuid4().hex}/"
    monkeypatch.setenv("OCR_S3_INBOX_PREFIX", prefix)
    get_settings.cache_clear()
    monkeypatch.setattr(ObjectStore.page, "__defaults__", (None, 2))
    services = batches.services
    for name in "abc":
        services.store.put(f"{prefix}{name}.jpg", b"x")

    runs = [told(execute(reconcile_inbox, batches.instance, services, most_minutes=1e-9)) for _ in range(3)]

    assert [(shown["files compared"], shown["entered"]) for shown in runs] == [(2, 2), (1, 1), (2, 0)]
    assert all("waiting documents without file" not in shown for shown in runs)
    whole = f"{prefix}c.jpg"
    services.store.delete([whole])
    execute(reconcile_inbox, batches.instance, services)
    assert told(execute(reconcile_inbox, batches.instance, services))["without file"] == "- `c.jpg`"
