"""The work of a process beside the API: it reads text and file from the bucket itself, and writes a file."""

import ctypes
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from api.rendering.views import NoSuchPage, View
from ocr_pipeline.documents.model import DocumentText, Rejection
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.objects import open_store
from ocr_pipeline.storage.originals import Originals
from ocr_pipeline.storage.stage_outputs import StageOutputs

_KEPT_NO_LONGER = "its files are kept no longer; running its batch again makes them anew"


class Task(NamedTuple):
    settings: Settings
    document_id: str
    content: str
    """What its stage outputs are addressed by."""
    sha256: str
    version: str
    """Of the recognition that read it."""


class Failure(NamedTuple):
    """In place of a PipelineError, which does not survive the way from process to process."""

    code: ErrorCode
    details: dict[str, str]


def render(task: Task, view: View, target: str) -> Failure | None:
    """Writes the view to the path `target`, or says why it cannot be."""
    store = open_store(task.settings)
    stored = StageOutputs(store, "ocr_text", task.version, DocumentText).load(task.content)
    if stored is None or isinstance(stored.result, Rejection):
        return _gone(task, "text of the document")
    originals = Originals(store)
    try:
        made = view.render(stored.result, lambda: originals.load(task.sha256), task.settings.pdf_dpi)
    except NoSuchPage as page:
        return Failure(ErrorCode.NOT_FOUND, {"kind": f"page {page} that was read of document", "id": task.document_id})
    except FileNotFoundError:
        return _gone(task, "file of the document")
    except PipelineError as error:
        return Failure(ErrorCode.PROCESSING_FAILED, {"stage": "export", "detail": error.message.rstrip(".")})
    Path(target).write_bytes(made)
    del made, stored
    _give_back_memory()
    return None


def _gone(task: Task, kind: str) -> Failure:
    return Failure(ErrorCode.GONE, {"kind": kind, "id": task.document_id, "detail": _KEPT_NO_LONGER})


def _give_back_memory() -> None:
    """The next document may come in an hour; the allocator of C would keep what this one took."""
    with suppress(OSError, AttributeError):  # only glibc has it
        ctypes.CDLL("libc.so.6").malloc_trim(0)
