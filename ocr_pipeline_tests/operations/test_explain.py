"""`ocr-pipeline explain`, as whoever is on call uses it."""

import json
from typing import Any

import pytest
from dagster import DagsterInstance, DagsterRunStatus
from dagster._core.test_utils import create_run_for_test
from sqlalchemy import update
from typer.testing import CliRunner

from ocr_pipeline.cli import app
from ocr_pipeline.orchestration.past_runs import WORKER_TAG
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.cancellation import cancel_document
from ocr_pipeline.storage.erasure import erase
from ocr_pipeline.storage.ledger_rows import Arrival, Sender
from ocr_pipeline.versions import stage_versions
from ocr_pipeline_tests.orchestration.batch_runs import Batches

SENDER = Sender(tenant="acme", subject="scanner", request_id="request-7", webhook="https://acme.example/hook")


def explain(wanted: str, *options: str) -> Any:
    done = CliRunner().invoke(app, ["explain", wanted, *options], env={"COLUMNS": "240"})
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout) if options else done.stdout


def document_of(batches: Batches, batch: str) -> str:
    return batches.services.ledger.batch_documents(batch)[0].id


def test_story_of_a_finished_document(batches: Batches) -> None:
    batch = batches.of_samples(1, seed=3)
    batches.run(batch)
    story = explain(document_of(batches, batch), "--json")

    assert story["state"] in {"accepted", "needs_review"}
    assert story["batch"]["key"] == batch
    (run,) = story["runs"]
    assert (run["status"], run["link"]) == ("SUCCESS", None)
    present = stage_versions(get_settings())
    stages = {stage["name"]: stage for stage in story["stages"]}
    assert {name: stage["version"] for name, stage in stages.items()} == present
    assert all(stage["seconds"] is not None for stage in stages.values())
    for name in ("raw_images", "normalized_images", "ocr_text", "structured_records"):
        assert batches.services.store.find(f"{stages[name]['output']}output.json"), name
    assert batches.services.store.find(story["original"])
    assert story["ending"]["fields"]["total"]
    assert story["arrival"]["is_in_bucket"]
    assert story["next"] is None


def test_story_of_a_rejected_one_gives_advice_and_the_webhook(batches: Batches) -> None:
    batch = batches.of_files({"notes.txt": b"no picture at all"}, SENDER)
    batches.run(batch)
    page = explain(document_of(batches, batch))

    assert "unsupported_type" in page
    assert "advice" in page
    assert "https://acme.example/hook" in page
    assert "batch.finished" in page
    assert ("acme" in page, "scanner" in page, "request-7" in page) == (True, True, True)


def test_present_versions_are_told_from_others(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = batches.of_samples(1, seed=3)
    batches.run(batch)
    monkeypatch.setenv("OCR_REVIEW_CONFIDENCE", "0.7")
    get_settings.cache_clear()
    story = explain(document_of(batches, batch), "--json")

    old = [stage["name"] for stage in story["stages"] if stage["version"] != stage["present_version"]]
    assert old == ["validated_tables"]
    assert f"now {stage_versions(get_settings())['validated_tables']}" in explain(document_of(batches, batch))


def test_failed_run_tells_why_and_when_the_next_one_comes(batches: Batches, instance: DagsterInstance) -> None:
    batch = batches.of_samples(1, seed=3)
    tags = {"dagster/partition": batch, "dagster-celery/queue": "batch", WORKER_TAG: "batch-1@host-2"}
    run = create_run_for_test(instance, tags=tags, status=DagsterRunStatus.STARTED)
    instance.report_run_failed(run, "The disk of host-2 is full.")
    story = explain(document_of(batches, batch), "--json")

    (told,) = story["runs"]
    assert (told["status"], told["queue"], told["worker"]) == ("FAILURE", "batch", "batch-1@host-2")
    assert told["failure"] == "The disk of host-2 is full."
    assert story["next"].startswith("After 1 failed run the next one is launched")


def test_what_is_done_so_far_is_told_of_an_unfinished_one(batches: Batches) -> None:
    batch = batches.of_samples(1, seed=3)
    batches.run(batch)
    id_ = document_of(batches, batch)
    with batches.services.database.begin() as connection:
        unfinished: dict[str, Any] = {"finished_at": None, "versions": {}, "seconds": {}, "state": "processing"}
        connection.execute(update(schema.ledger).where(schema.ledger.c.id == id_).values(unfinished))
        connection.execute(update(schema.batches).values(finished_at=None))
        connection.execute(schema.beginnings.insert().values(document_id=id_, stage="validated_tables", count=2))
    story = explain(id_, "--json")

    stages = {stage["name"]: stage for stage in story["stages"]}
    assert stages["ocr_text"]["seconds"] > 0
    assert stages["ocr_text"]["version"] == stages["ocr_text"]["present_version"]
    assert stages["validated_tables"]["unended_beginnings"] == 2
    assert story["ending"] is None
    assert "begun 2 times without an end" in explain(id_)


def test_waiting_one_is_found_by_its_name_and_by_its_key(batches: Batches) -> None:
    prefix = get_settings().s3_inbox_prefix
    (id_,) = batches.services.ledger.register([Arrival("2026/scan.pdf", f"{prefix}2026/scan.pdf", "e1", 10)])
    for name in (id_, "2026/scan.pdf", f"{prefix}2026/scan.pdf", "scan.pdf"):
        story = explain(name, "--json")
        assert story["id"] == id_
        assert story["next"].startswith("It waits for its batch to be closed")
    assert story["arrival"]["is_in_bucket"] is False


def test_request_id_finds_what_it_entered(batches: Batches) -> None:
    batch = batches.of_files({"a.jpg": b"1"}, SENDER)
    assert explain("request-7", "--json")["batch"]["key"] == batch


def test_several_of_one_name_are_listed(batches: Batches) -> None:
    for number in range(2):
        batches.of_files({"a_scan.pdf": str(number).encode()})
    batches.of_files({"aXscan.pdf": b"3"})
    done = CliRunner().invoke(app, ["explain", "a_scan.pdf", "--json"])
    assert done.exit_code == 2
    assert [entry["file"] for entry in json.loads(done.stdout)] == ["a_scan.pdf"] * 2
    assert "take an id" in CliRunner().invoke(app, ["explain", "a_scan.pdf"], env={"COLUMNS": "200"}).stdout


def test_what_senders_name_is_no_markup(batches: Batches) -> None:
    sender = SENDER._replace(webhook="https://acme.example/[/hook]")
    ended = [batches.of_files({"scan[/2].txt": data}, sender) for data in (b"no picture", b"nor is this")]
    batches.run(ended[0])
    page = explain(document_of(batches, ended[0]))
    listed = CliRunner().invoke(app, ["explain", "scan[/2].txt"], env={"COLUMNS": "240"})

    assert "scan[/2].txt" in page
    assert "https://acme.example/[/hook]" in page
    assert listed.exit_code == 2
    assert listed.stdout.count("scan[/2].txt") == 2


def test_unknown_one_is_an_error_that_says_so(batches: Batches) -> None:
    done = CliRunner().invoke(app, ["explain", "nobody.pdf"])
    assert done.exit_code == 1
    assert "There is no document nobody.pdf." in done.stderr


def test_cancelled_duplicated_and_erased(batches: Batches) -> None:
    services = batches.services
    cancelled = document_of(batches, batches.of_files({"a.jpg": b"1"}))
    cancel_document(services.database, cancelled)
    assert explain(cancelled, "--json")["ending"]["reasons"][0]["code"] == "cancelled"

    first, second = batches.of_samples(1, seed=3), batches.of_samples(1, seed=3)
    for batch in (first, second):
        batches.run(batch)
    original, copy = document_of(batches, first), document_of(batches, second)
    assert explain(original, "--json")["duplicates"] == [copy]
    assert explain(copy, "--json")["ending"]["duplicate_of"] == original

    document = services.ledger.document(copy)
    assert document is not None
    erase(services.database, services.store, document)
    story = explain(copy, "--json")
    assert story["erased_at"]
    assert story["arrival"]["file"] == ""
    assert "only this row is left" in explain(copy)
