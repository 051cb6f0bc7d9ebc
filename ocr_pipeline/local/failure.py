"""Why a stack stopped itself, left in the data folder for whoever asks next."""

from pydantic import BaseModel, ConfigDict

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.local.folders import Folders, write_private

_TAIL_LINES = 12
_TAIL_BYTES = 16_384


class Failure(BaseModel):
    model_config = ConfigDict(frozen=True)

    program: str
    reason: str


def write(folders: Folders, program: str, reason: str) -> None:
    """The first failure is the one that counts: those after it are mostly its consequences."""
    if not folders.failure_file.exists():
        write_private(folders.failure_file, Failure(program=program, reason=reason).model_dump_json())


def read(folders: Folders) -> PipelineError | None:
    try:
        failure = Failure.model_validate_json(folders.failure_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return service_failed(folders, failure.program, failure.reason)


def service_failed(folders: Folders, program: str, reason: str) -> PipelineError:
    """SERVICE_FAILED with the last lines of the program's log."""
    log = folders.log_of(program)
    tail = _tail(folders, program)
    detail = f"{reason}; its log ends with\n{tail}\n" if tail else reason
    return PipelineError(ErrorCode.SERVICE_FAILED, service=program, detail=detail, log=log)


def _tail(folders: Folders, program: str) -> str:
    try:
        with folders.log_of(program).open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(f"    {line}" for line in lines[-_TAIL_LINES:])
