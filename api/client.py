"""A typed client of the service, thin over httpx: the models are the service's own.

with Client("http://localhost:8000", token) as client:
    outcome = client.read("receipt.jpg")
    print(outcome.fields["total"], client.text(outcome.id))
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self
from uuid import uuid4

import httpx

from api.batches.schemas import BatchProgress, BatchState, CancelledBatch, ReopenedBatch, SubmittedBatch
from api.client_transport import ApiError, File, Transport, rejected
from api.documents.schemas import DocumentList, DocumentSummary
from api.schemas import PendingDocument
from api.webhooks.schemas import DeliveryEntry, DeliveryList, WebhookSecret
from ocr_pipeline.documents.model import State
from ocr_pipeline.documents.options import Engine
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.storage.deliveries import DeliveryState

__all__ = ["ApiError", "Client", "File"]

_POLL_SECONDS = 30.0
"""Longest wait of one request; the service may answer sooner."""
_RECONNECT_SECONDS = 1.0
"""As the service asks of those who follow events."""


class Client:
    """Every method raises ApiError where the service says no, and `httpx.TransportError` where it is out of reach.

    `retries` is how often a request is repeated where the service says "not now", or cannot be reached.
    """

    def __init__(self, url: str, token: str, retries: int = 4) -> None:
        self._transport = Transport(url, token, retries)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    # Documents

    def read(self, file: File, wait: float | None = None, **options: Any) -> Outcome:
        """Sends a file and waits until it is read; `options` are those of `submit`.

        Raises ApiError where the file is refused, and TimeoutError where it is not finished within `wait` seconds,
        by default never; `submit` or `get` with the same file find it then.
        """
        end = time.monotonic() + wait if wait is not None else None
        answer = self.submit(file, wait=_left(end), **options)
        while not isinstance(answer, Outcome) or not answer.state.is_final:
            seconds = _left(end)
            if seconds <= 0:
                raise TimeoutError(f"document {answer.id} is not finished yet")
            answer = self.get(answer.id, wait=seconds)
        if answer.error is not None:
            raise rejected(answer.id, answer.error)
        return answer

    def submit(
        self,
        file: File,
        *,
        wait: float = 0,
        pages: str | None = None,
        kind: str | None = None,
        language: str | None = None,
        engine: Engine | None = None,
        webhook: str | None = None,
        reuse: bool = True,
        idempotency_key: str | None = None,
    ) -> Outcome | PendingDocument:
        """Sends a file; what is known of it after `wait` seconds."""
        query = _query(
            wait=wait, pages=pages, kind=kind, language=language, engine=engine, webhook=webhook, reuse=reuse
        )
        # With a key of its own a request may be repeated although nobody knows whether it had arrived.
        headers = {"Idempotency-Key": idempotency_key or str(uuid4())}
        response = self._transport.send("POST", "/ocr", params=query, headers=headers, files=[("file", file)])
        model = Outcome if response.status_code == httpx.codes.OK else PendingDocument
        return model.model_validate_json(response.content)

    def get(self, document_id: str, wait: float = 0) -> Outcome:
        """What is known of a document, after waiting for its end for so many seconds at most."""
        response = self._transport.send("GET", f"/documents/{document_id}", params={"wait": wait})
        return Outcome.model_validate_json(response.content)

    def list(
        self,
        *,
        state: Iterable[State] = (),
        kind: str | None = None,
        batch: str | None = None,
        file: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        page_size: int = 200,
    ) -> Iterator[DocumentSummary]:
        """All documents that pass the filters, the newest first; asks for the next page when it is wanted."""
        moments = {name: moment and moment.isoformat() for name, moment in (("since", since), ("until", until))}
        query = _query(state=[*state] or None, kind=kind, batch=batch, file=file, limit=page_size, **moments)
        cursor: str | None = None
        while True:
            response = self._transport.send("GET", "/documents", params=query | _query(cursor=cursor))
            page = DocumentList.model_validate_json(response.content)
            yield from page.documents
            cursor = page.cursor
            if cursor is None:
                return

    def delete(self, document_id: str) -> None:
        """Cancels it, where it is not finished, and erases all that is stored of it."""
        self._transport.send("DELETE", f"/documents/{document_id}")

    # A document as a file

    def text(self, document_id: str) -> str:
        return self._view(document_id, "text").text

    def markdown(self, document_id: str) -> str:
        return self._view(document_id, "markdown").text

    def hocr(self, document_id: str) -> str:
        return self._view(document_id, "hocr").text

    def alto(self, document_id: str) -> str:
        return self._view(document_id, "alto").text

    def pdf(self, document_id: str) -> bytes:
        """A PDF whose text can be searched."""
        return self._view(document_id, "pdf").content

    def page_png(self, document_id: str, page: int, **query: Any) -> bytes:
        """A picture of a page, counted from 1. `boxes` (words, lines, fields) draws boxes into it."""
        return self._view(document_id, f"pages/{page}.png", **query).content

    def _view(self, document_id: str, name: str, **query: Any) -> httpx.Response:
        return self._get(f"/documents/{document_id}/{name}", **query)

    # Batches

    def submit_batch(
        self,
        files: Iterable[File] = (),
        *,
        keys: Sequence[str] = (),
        pages: str | None = None,
        kind: str | None = None,
        language: str | None = None,
        engine: Engine | None = None,
        webhook: str | None = None,
        idempotency_key: str | None = None,
    ) -> SubmittedBatch:
        """Sends many files, or names files below ``imports/`` in the pipeline's bucket; doesn't wait."""
        query = _query(pages=pages, kind=kind, language=language, engine=engine, webhook=webhook)
        headers = {"Idempotency-Key": idempotency_key or str(uuid4())}
        what: dict[str, Any] = {"json": {"keys": [*keys]}} if keys else {"files": [("files", file) for file in files]}
        response = self._transport.send("POST", "/batch", params=query, headers=headers, **what)
        return SubmittedBatch.model_validate_json(response.content)

    def batch(self, batch: str, wait: float = 0) -> BatchProgress:
        """How far it is, after waiting for its end for so many seconds at most; all its documents."""
        query: dict[str, Any] = {"wait": wait}
        progress = BatchProgress.model_validate_json(self._get(f"/batches/{batch}", **query).content)
        while progress.cursor is not None:
            more = BatchProgress.model_validate_json(self._get(f"/batches/{batch}", cursor=progress.cursor).content)
            progress = more.model_copy(update={"documents": [*progress.documents, *more.documents]})
        return progress

    def batch_events(self, batch: str) -> Iterator[BatchState]:
        """The batch whenever it changed, until all its documents are final."""
        headers: dict[str, str] = {}
        while True:
            with self._transport.lines(f"/batches/{batch}/events", headers=headers) as lines:
                for line in lines:
                    name, _, value = line.partition(": ")
                    if name == "id":
                        headers = {"Last-Event-ID": value}
                    elif name == "data":
                        state = BatchState.model_validate_json(value)
                        yield state
                        if state.done:
                            return
            time.sleep(_RECONNECT_SECONDS)

    def results(self, batch: str) -> Iterator[Outcome]:
        """The outcomes of all documents of a batch, as they come in; those that are not finished, too."""
        with self._transport.lines(f"/batches/{batch}/results", params={"format": "jsonl"}) as lines:
            for line in lines:
                yield Outcome.model_validate_json(line)

    def results_csv(self, batch: str, rows: Literal["documents", "items"] = "documents") -> str:
        return self._get(f"/batches/{batch}/results", format="csv", rows=rows).text

    def cancel_batch(self, batch: str) -> CancelledBatch:
        response = self._transport.send("POST", f"/batches/{batch}/cancel")
        return CancelledBatch.model_validate_json(response.content)

    def rerun_batch(self, batch: str, *, only_retryable: bool = False) -> ReopenedBatch:
        """Runs what failed again, or of that only what may succeed now."""
        query = _query(only="retryable" if only_retryable else None)
        response = self._transport.send("POST", f"/batches/{batch}/rerun", params=query)
        return ReopenedBatch.model_validate_json(response.content)

    # Webhooks

    def deliveries(
        self, *, document: str | None = None, batch: str | None = None, state: DeliveryState | None = None
    ) -> Iterator[DeliveryEntry]:
        """What webhooks were told, the newest first, with every attempt."""
        cursor: str | None = None
        while True:
            response = self._get("/deliveries", document=document, batch=batch, state=state, cursor=cursor)
            page = DeliveryList.model_validate_json(response.content)
            yield from page.deliveries
            cursor = page.cursor
            if cursor is None:
                return

    def webhook_secret(self) -> str:
        """What receivers check signatures with."""
        return WebhookSecret.model_validate_json(self._get("/webhooks/secret").content).secret

    def _get(self, path: str, **query: Any) -> httpx.Response:
        return self._transport.send("GET", path, params=_query(**query))


def _query(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _left(end: float | None) -> float:
    return _POLL_SECONDS if end is None else max(0.0, min(end - time.monotonic(), _POLL_SECONDS))
