"""The job `rerun_document`: one document anew, though no version has changed."""

from typing import Any

import pytest
from dagster import ExecuteInProcessResult, Failure, RunConfig

from ocr_pipeline.documents.model import DocumentText, Rejection, State
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.orchestration.jobs.rerun_document import RerunDocumentConfig, rerun_document
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.storage.batch_status import is_finished
from ocr_pipeline.storage.erasure import erase
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.tables import load_outcome
from ocr_pipeline_tests.orchestration.batch_runs import Batches


def run(services: Services, document: str, **config: Any) -> ExecuteInProcessResult:
    return rerun_document.execute_in_process(
        run_config=RunConfig({"reopen_document": RerunDocumentConfig(document=document, **config)}),
        resources={"services": services},
    )


def test_only_the_stages_from_the_one_on_are_computed_anew(batches: Batches) -> None:
    services = batches.services
    earlier = batches.of_samples(1, seed=63)
    batches.run(earlier)
    (before,) = services.ledger.batch_documents(earlier)
    result = load_outcome(services.database, before, 60)

    key = run(services, before.id, from_stage="ocr_text").output_for_node("reopen_document")

    (meanwhile,) = services.ledger.batch_documents(key)
    assert meanwhile.id == before.id
    assert load_outcome(services.database, meanwhile, 60) == result
    assert services.outputs("ocr_text", DocumentText).load(before) is None
    assert [batch.key for batch in services.ledger.take_unfinished_batches(0)] == [key]

    batches.instance.add_dynamic_partitions("batches", [key])
    shown = batches.run(key)
    computed = [shown[stage]["computed now"] for stage in ("raw_images", "normalized_images")]
    assert computed == [0, 0]
    assert [shown[stage]["computed now"] for stage in ("ocr_text", "structured_records")] == [1, 1]
    assert is_finished(services.database, key)
    assert is_finished(services.database, earlier)
    (after,) = services.ledger.batch_documents(key)
    assert after.state is before.state
    assert load_outcome(services.database, after, 60).fields == result.fields


def test_a_rejected_document_waits_again(resource: Services) -> None:
    key, (id_,) = resource.ledger.register_batch([Arrival("a", "tests/a", "e", 1)])
    resource.ledger.reject_unfinished(key, Rejection.of(ErrorCode.EMPTY_FILE), "1")

    run(resource, id_)

    document = resource.ledger.document(id_)
    assert document is not None
    assert (document.state, document.reason, document.finished_at) == (State.WAITING, None, None)


@pytest.mark.parametrize(
    ("fate", "says"),
    [
        ("unknown", "There is no document .* The table `ledger` has all ids"),
        ("unfinished", "is not finished yet. Nothing was launched. The sensor `inbox`"),
        ("erased", "is gone: it was erased at .* have its file sent again"),
    ],
)
def test_what_cannot_run_again_says_why_and_what_to_do(resource: Services, fate: str, says: str) -> None:
    key, (id_,) = resource.ledger.register_batch([Arrival("a", "tests/a", "e", 1)])
    if fate == "erased":
        resource.ledger.reject_unfinished(key, Rejection.of(ErrorCode.EMPTY_FILE), "1")
        document = resource.ledger.document(id_)
        assert document is not None
        erase(resource.database, resource.store, document)

    with pytest.raises(Failure, match=says):
        run(resource, "nobody" if fate == "unknown" else id_)

    found = resource.ledger.document(id_)
    assert found is not None
    assert found.batch == key
