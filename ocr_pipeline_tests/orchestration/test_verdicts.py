"""Whatever comes of a document, it is somewhere, and in one place."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Record
from ocr_pipeline.orchestration.checks.written import check_completeness, check_validity
from ocr_pipeline.orchestration.verdicts import Judged, outcomes_of, tables_of
from ocr_pipeline.storage.batch_accounts import account_of
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.tables import load_outcome, read_batch, write_batch
from ocr_pipeline.validation.batch import validate_batch
from ocr_pipeline.validation.verdict import validate
from ocr_pipeline_tests.conftest import Services
from ocr_pipeline_tests.structuring.typed import RECEIPT, typed
from ocr_pipeline_tests.validation.any_records import RECORDS

FINISHED_AT = datetime(2026, 11, 22, 10, 5, 0, 123000, UTC)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(RECORDS, min_size=1, max_size=4))
def test_whatever_an_engine_says_ends_in_the_tables_or_in_quarantine(
    services: Services, ledger: Ledger, records: list[Record]
) -> None:
    arrivals = [Arrival(file="a", object_key=uuid4().hex, etag="e", size=1) for _ in records]
    batch, ids = ledger.register_batch(arrivals)
    ledger.start_batch(batch)
    verdicts = {id_: validate(found, typed(RECEIPT), 0.5) for id_, found in zip(ids, records, strict=True)}
    valid = validate_batch(verdicts)
    judged: dict[str, Judged] = {id_: (verdict, {}) for id_, verdict in (verdicts | valid.refused).items()}

    versions = {id_: {"validated_tables": "v1"} for id_ in ids}
    settled = write_batch(services.engine, batch, tables_of(judged, valid, versions), FINISHED_AT)

    assert check_validity(read_batch(services.engine, ids)).passed
    account = account_of(services.engine, batch)
    assert account.documents == set(ids)
    assert check_completeness(account).passed
    outcomes = outcomes_of(ledger.batch_documents(batch), judged, settled, FINISHED_AT + timedelta(seconds=60))
    published = {outcome.id: outcome for outcome in outcomes}
    for id_ in ids:
        document = ledger.document(id_)
        assert document is not None
        assert load_outcome(services.engine, document, result_seconds=60) == published[id_]
