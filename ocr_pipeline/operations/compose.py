"""The story of a document, made of what is known of it."""

from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.operations.known import Known
from ocr_pipeline.operations.outlook import outlook
from ocr_pipeline.operations.story import Arrival, Batch, Ending, Reason, Run, Stage, Story, Telling
from ocr_pipeline.orchestration.past_runs import PastRun
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.deliveries import Attempt, Delivery
from ocr_pipeline.storage.document_history import BatchHistory, DocumentHistory
from ocr_pipeline.storage.originals import key_of


def compose(known: Known, settings: Settings) -> Story:
    history = known.history
    document = history.document
    has_original = known.objects is None or known.objects.original
    return Story(
        id=document.id,
        state=document.state,
        arrival=_arrival(known),
        sha256=document.sha256,
        pages=document.pages,
        original=key_of(document.sha256) if document.sha256 and has_original else None,
        batch=None if history.batch is None else _batch(history.batch),
        runs=tuple(_run(run, settings.dagster_url) for run in known.runs or ()),
        are_runs_known=known.runs is not None,
        stages=tuple(_stage(known, stage, version) for stage, version in known.present.items()),
        ending=_ending(history, known.outcome),
        erased_at=document.erased_at,
        duplicates=tuple(history.duplicates),
        deliveries=tuple(_telling(delivery) for delivery in history.deliveries),
        next=outlook(history, known.runs or (), settings, is_queued=known.is_queued, progress=known.progress),
    )


def _arrival(known: Known) -> Arrival:
    history = known.history
    document = history.document
    return Arrival(
        file=document.file,
        key=document.object_key,
        bytes=document.size,
        at=document.arrived_at,
        tenant=document.tenant,
        sender=document.subject,
        request=history.request_id,
        options=document.options.model_dump(exclude_none=True),
        is_in_bucket=None if known.objects is None else known.objects.arrival,
    )


def _batch(batch: BatchHistory) -> Batch:
    return Batch(
        key=batch.key,
        lane=batch.lane,
        closed_at=batch.closed_at,
        finished_at=batch.finished_at,
        looked_after_at=batch.looked_at,
        faults=batch.faults,
        documents={state.value: count for state, count in batch.documents.items()},
        is_retired=batch.retired_at is not None,
        is_cleared=batch.cleared_at is not None,
    )


def _run(run: PastRun, dagster_url: str) -> Run:
    return Run(
        id=run.id,
        status=run.status,
        created_at=run.created_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        queue=run.queue,
        worker=run.worker,
        backfill=run.backfill,
        trace=run.trace,
        failure=run.failure,
        link=f"{dagster_url}/runs/{run.id}" if dagster_url else None,
    )


def _stage(known: Known, stage: str, present_version: str) -> Stage:
    document, objects = known.history.document, known.objects
    version = document.versions.get(stage)
    output = objects.outputs.get(stage) if objects else None
    seconds = document.seconds.get(stage)
    if document.finished_at is None and output is not None:
        version = present_version
        seconds = objects.seconds.get(stage) if objects else None
    return Stage(
        name=stage,
        seconds=seconds,
        version=version,
        present_version=present_version,
        output=output,
        is_output_there=None if objects is None else output is not None,
        unended_beginnings=known.history.begun.get(stage, 0),
    )


def _ending(history: DocumentHistory, outcome: Outcome) -> Ending | None:
    document = history.document
    if document.finished_at is None or document.erased_at is not None:
        return None
    reasons = [Reason(code=reason.code, message=reason.message, field=reason.field) for reason in outcome.reasons]
    if (error := outcome.error) is not None:
        reasons = [Reason(code=error.code, message=error.message)]
    return Ending(
        at=document.finished_at,
        kind=outcome.kind,
        confidence=outcome.confidence,
        fields=outcome.fields,
        reasons=tuple(reasons),
        advice=error.advice if error else None,
        is_retryable=error.retryable if error else False,
        duplicate_of=outcome.duplicate_of,
    )


def _telling(delivery: Delivery) -> Telling:
    return Telling(
        id=delivery.id,
        event=delivery.event,
        url=delivery.url,
        state=delivery.state,
        attempts=len(delivery.attempts),
        last=_said(delivery.attempts[-1]) if delivery.attempts else None,
        next_at=delivery.due_at,
    )


def _said(attempt: Attempt) -> str:
    status = "" if attempt.status is None else f" with status {attempt.status}"
    return f"{attempt.error or 'delivered'}{status} at {attempt.at:%Y-%m-%d %H:%M:%S}, after {attempt.seconds:.2f} s"
