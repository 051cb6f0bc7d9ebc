"""Everything a user can run into, as one closed list.

The API answers with these codes, the ledger stores them as reasons, Dagster shows them as failure metadata and
the command line prints them. Each has a sentence that says what happened and one that says what to do.
"""

from enum import StrEnum
from typing import NamedTuple


class ErrorCode(StrEnum):
    # Documents: the file itself
    EMPTY_FILE = "empty_file"
    FILE_MISSING = "file_missing"
    FILE_TOO_LARGE = "file_too_large"
    UNSUPPORTED_TYPE = "unsupported_type"
    TYPE_MISMATCH = "type_mismatch"
    TRUNCATED_FILE = "truncated_file"
    CORRUPT_FILE = "corrupt_file"
    ENCRYPTED_PDF = "encrypted_pdf"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_PIXELS = "too_many_pixels"
    DECOMPRESSION_BOMB = "decompression_bomb"
    POLYGLOT_FILE = "polyglot_file"
    ACTIVE_PDF = "active_pdf"
    NO_SUCH_PAGE = "no_such_page"
    CANCELLED = "cancelled"
    PROCESSING_FAILED = "processing_failed"
    # Requests
    INVALID_REQUEST = "invalid_request"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    GONE = "gone"
    NOT_FINISHED = "not_finished"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    REQUEST_IN_PROGRESS = "request_in_progress"
    WEBHOOK_REFUSED = "webhook_refused"
    TOO_MANY_FILES = "too_many_files"
    RATE_LIMITED = "rate_limited"
    PAGES_LIMITED = "pages_limited"
    BACKLOG_FULL = "backlog_full"
    SERVICE_UNAVAILABLE = "service_unavailable"
    INTERNAL_ERROR = "internal_error"
    # The local stack and its settings
    INVALID_SETTING = "invalid_setting"
    PORT_IN_USE = "port_in_use"
    STACK_ALREADY_RUNNING = "stack_already_running"
    STACK_NOT_RUNNING = "stack_not_running"
    STALE_STACK = "stale_stack"
    DISK_FULL = "disk_full"
    DATA_DIR_UNUSABLE = "data_dir_unusable"
    SERVICE_FAILED = "service_failed"
    MIGRATION_BLOCKED = "migration_blocked"
    # Files of the command line
    INPUT_UNREADABLE = "input_unreadable"
    OUTPUT_UNWRITABLE = "output_unwritable"
    # Models
    HANDWRITING_MODEL_UNUSABLE = "handwriting_model_unusable"
    LANGUAGE_MODEL_MISSING = "language_model_missing"
    LANGUAGE_MODEL_UNUSABLE = "language_model_unusable"
    LANGUAGE_MODEL_UNREACHABLE = "language_model_unreachable"


class Category(StrEnum):
    """Who can do something about it, and where."""

    DOCUMENT = "document"
    """The file."""
    REQUEST = "request"
    """How it was asked for."""
    ACCESS = "access"
    """Who asks."""
    LIMIT = "limit"
    """Too much, or too often."""
    SERVICE = "service"
    """A part of the installation is away for now."""
    INSTALLATION = "installation"
    """Settings, disks, models: whoever runs the installation."""


class Problem(NamedTuple):
    """`message` may hold ``{placeholders}``; `status` is the HTTP status where the API reports it."""

    category: Category
    status: int
    retryable: bool
    message: str
    advice: str


_PROBLEMS: dict[ErrorCode, Problem] = {
    ErrorCode.EMPTY_FILE: Problem(
        Category.DOCUMENT,
        422,
        False,
        "The file holds no bytes.",
        "Check the upload or the scanner's output and send it again.",
    ),
    ErrorCode.FILE_MISSING: Problem(
        Category.DOCUMENT,
        422,
        True,
        "The file {key} was gone from the bucket, or replaced, before it could be read.",
        "Upload it again, and leave it in place until its document is done.",
    ),
    ErrorCode.FILE_TOO_LARGE: Problem(
        Category.LIMIT,
        413,
        False,
        "{what} has {size} bytes; the limit is {limit}.",
        "Scan at a lower resolution or split the file, or raise OCR_MAX_FILE_BYTES.",
    ),
    ErrorCode.UNSUPPORTED_TYPE: Problem(
        Category.DOCUMENT,
        415,
        False,
        "The content is {found}, which is not a document this pipeline reads.",
        "Send JPEG, PNG, TIFF, WebP or PDF.",
    ),
    ErrorCode.TYPE_MISMATCH: Problem(
        Category.DOCUMENT,
        415,
        False,
        "The name ends in {extension}, but the content is {found}.",
        "Find out how the file got this name, and send the document itself as JPEG, PNG, TIFF, WebP or PDF.",
    ),
    ErrorCode.TRUNCATED_FILE: Problem(
        Category.DOCUMENT,
        422,
        False,
        "The file breaks off before its end.",
        "The upload was probably cut short: send it again.",
    ),
    ErrorCode.CORRUPT_FILE: Problem(
        Category.DOCUMENT,
        422,
        False,
        "The file could not be decoded: {detail}.",
        "Open it in a viewer; if that works, save it anew and send the copy.",
    ),
    ErrorCode.ENCRYPTED_PDF: Problem(
        Category.DOCUMENT, 422, False, "The PDF asks for a password.", "Remove the password and send it again."
    ),
    ErrorCode.TOO_MANY_PAGES: Problem(
        Category.LIMIT,
        413,
        False,
        "The file has {pages} pages; the limit is {limit}.",
        "Split it into smaller files, or raise OCR_MAX_PAGES.",
    ),
    ErrorCode.TOO_MANY_PIXELS: Problem(
        Category.LIMIT,
        413,
        False,
        "Page {page} has {pixels} pixels; the limit is {limit}.",
        "Scan at a lower resolution (300 dpi is plenty), or raise OCR_MAX_PIXELS.",
    ),
    ErrorCode.DECOMPRESSION_BOMB: Problem(
        Category.DOCUMENT,
        413,
        False,
        "The file would unpack to {unpacked} from only {size} bytes.",
        "This is not a scan that a person made; look at where it came from.",
    ),
    ErrorCode.POLYGLOT_FILE: Problem(
        Category.DOCUMENT,
        415,
        False,
        "The file is {first} and {second} at once.",
        "A scanner makes no such file; open it as {first}, save it anew and send the copy.",
    ),
    ErrorCode.ACTIVE_PDF: Problem(
        Category.DOCUMENT,
        422,
        False,
        "The PDF is active: it carries {found}.",
        "Print it into a new PDF and send that, or set OCR_ACTIVE_PDF=accept: nothing in a PDF is run here.",
    ),
    ErrorCode.NO_SUCH_PAGE: Problem(
        Category.DOCUMENT,
        422,
        False,
        "The file has {pages} pages; none of the pages {wanted} is among them.",
        "Ask for pages that it has, or for all of them.",
    ),
    ErrorCode.CANCELLED: Problem(
        Category.DOCUMENT,
        409,
        True,
        "The document was cancelled before it was finished.",
        "Send it again if it is wanted after all.",
    ),
    ErrorCode.PROCESSING_FAILED: Problem(
        Category.DOCUMENT,
        500,
        True,
        "Processing stopped in stage {stage}: {detail}.",
        "Run its batch again; if it fails once more, report the file and this message.",
    ),
    ErrorCode.INVALID_REQUEST: Problem(
        Category.REQUEST,
        422,
        False,
        "The request is not valid: {detail}.",
        "Compare it with the API's documentation at /docs.",
    ),
    ErrorCode.UNAUTHENTICATED: Problem(
        Category.ACCESS,
        401,
        False,
        "The bearer token is missing, expired or not valid.",
        "Make a token with `ocr-pipeline token` and send it as `Authorization: Bearer TOKEN`.",
    ),
    ErrorCode.FORBIDDEN: Problem(
        Category.ACCESS,
        403,
        False,
        "The token lacks the scope {scope}.",
        "Make a token that has it: `ocr-pipeline token --scope`.",
    ),
    ErrorCode.NOT_FOUND: Problem(
        Category.REQUEST, 404, False, "There is no {kind} {id}.", "Check the id; it is in the answer to the upload."
    ),
    ErrorCode.GONE: Problem(
        Category.REQUEST,
        410,
        False,
        "The {kind} {id} is gone: {detail}.",
        "Send the file again if its result is still wanted.",
    ),
    ErrorCode.NOT_FINISHED: Problem(
        Category.REQUEST,
        409,
        True,
        "The {kind} {id} is not finished yet.",
        "Ask for the {kind} itself with `?wait=` until it is.",
    ),
    ErrorCode.IDEMPOTENCY_KEY_REUSED: Problem(
        Category.REQUEST,
        422,
        False,
        "The Idempotency-Key was used for another request within a day.",
        "Make a new key for each new request; only a repetition of a request bears the same.",
    ),
    ErrorCode.REQUEST_IN_PROGRESS: Problem(
        Category.REQUEST,
        409,
        True,
        "A request with this Idempotency-Key is being answered right now.",
        "Wait for its answer, or send it again in a second.",
    ),
    ErrorCode.WEBHOOK_REFUSED: Problem(
        Category.REQUEST,
        422,
        False,
        "The webhook {url} is not allowed: {detail}.",
        "Name an https address that is reachable from the internet; whoever runs the service can allow more with "
        "OCR_WEBHOOK_PORTS and OCR_WEBHOOK_NETWORKS.",
    ),
    ErrorCode.TOO_MANY_FILES: Problem(
        Category.LIMIT,
        413,
        False,
        "The request holds {count} files; the limit is {limit}.",
        "Send several requests, or put the files into the S3 inbox.",
    ),
    ErrorCode.RATE_LIMITED: Problem(
        Category.LIMIT,
        429,
        True,
        "More than {limit} requests a minute.",
        "Wait as long as the Retry-After header says.",
    ),
    ErrorCode.PAGES_LIMITED: Problem(
        Category.LIMIT,
        429,
        True,
        "More than {limit} pages a minute.",
        "Wait as long as the Retry-After header says, or send fewer pages: `?pages=`.",
    ),
    ErrorCode.BACKLOG_FULL: Problem(
        Category.LIMIT,
        503,
        True,
        "{count} documents are waiting; the limit is {limit}.",
        "Wait as long as the Retry-After header says; more workers shorten the backlog.",
    ),
    ErrorCode.SERVICE_UNAVAILABLE: Problem(
        Category.SERVICE,
        503,
        True,
        "{part} cannot be reached.",
        "Try again shortly; `ocr-pipeline status` shows what is down.",
    ),
    ErrorCode.INTERNAL_ERROR: Problem(
        Category.SERVICE,
        500,
        True,
        "The service made a mistake while it answered.",
        "Try again; if it happens once more, report the time of the request, which the service's log holds.",
    ),
    ErrorCode.INVALID_SETTING: Problem(
        Category.INSTALLATION,
        500,
        False,
        "The setting {name} is not valid: {detail}.",
        "Correct it; the README lists every setting.",
    ),
    ErrorCode.PORT_IN_USE: Problem(
        Category.INSTALLATION,
        500,
        False,
        "Port {port}, wanted for {service}, is in use.",
        "Stop what listens there, or set {setting} to another port or to 0 for any free one.",
    ),
    ErrorCode.STACK_ALREADY_RUNNING: Problem(
        Category.INSTALLATION,
        500,
        False,
        "A stack is already running from {data_dir} (process {pid}).",
        "Use it, stop it with `ocr-pipeline down`, or set OCR_DATA_DIR to another folder.",
    ),
    ErrorCode.STACK_NOT_RUNNING: Problem(
        Category.INSTALLATION, 500, False, "No stack is running from {data_dir}.", "Start one with `ocr-pipeline up`."
    ),
    ErrorCode.STALE_STACK: Problem(
        Category.INSTALLATION,
        500,
        False,
        "The stack in {data_dir} did not stop cleanly; processes {pids} are left over.",
        "Run `ocr-pipeline down`, which ends them, and start again.",
    ),
    ErrorCode.DISK_FULL: Problem(
        Category.INSTALLATION,
        500,
        False,
        "The disk of {data_dir} has {free} MB free; the stack needs {needed} MB.",
        "Free some space, or set OCR_DATA_DIR to a folder on another disk.",
    ),
    ErrorCode.DATA_DIR_UNUSABLE: Problem(
        Category.INSTALLATION,
        500,
        False,
        "The data folder {data_dir} cannot be used: {detail}.",
        "Set OCR_DATA_DIR to a folder that you may write to.",
    ),
    ErrorCode.SERVICE_FAILED: Problem(
        Category.INSTALLATION, 500, True, "{service} did not stay up: {detail}.", "Its log is {log}."
    ),
    ErrorCode.MIGRATION_BLOCKED: Problem(
        Category.INSTALLATION,
        500,
        True,
        "The tables could not be changed: for {seconds} s others held them.",
        "End what runs for long (`SELECT pid, xact_start, query FROM pg_stat_activity ORDER BY xact_start`), and run "
        "`ocr-pipeline migrate` again.",
    ),
    ErrorCode.INPUT_UNREADABLE: Problem(
        Category.INSTALLATION,
        500,
        False,
        "{file} cannot be read: {detail}.",
        "Check that it is still there, and that you may read it.",
    ),
    ErrorCode.OUTPUT_UNWRITABLE: Problem(
        Category.INSTALLATION,
        500,
        False,
        "{target} cannot be written: {detail}.",
        "Name a folder that you may write to with --output.",
    ),
    ErrorCode.HANDWRITING_MODEL_UNUSABLE: Problem(
        Category.INSTALLATION,
        500,
        False,
        "The handwriting model {model} cannot be loaded: {detail}.",
        "Set OCR_HANDWRITING_MODEL to a folder that holds a TrOCR model with its image processor and tokenizer, or to "
        "a model's name on a hub that this machine reaches, or leave it empty.",
    ),
    ErrorCode.LANGUAGE_MODEL_MISSING: Problem(
        Category.INSTALLATION,
        500,
        False,
        "The weights of the language model {model} are not on this machine.",
        "Run `ocr-pipeline models download`, or set OCR_LANGUAGE_MODEL to a folder or GGUF file that holds them, or "
        "OCR_STRUCTURING_ENGINE=cpu to do without.",
    ),
    ErrorCode.LANGUAGE_MODEL_UNUSABLE: Problem(
        Category.INSTALLATION,
        500,
        False,
        "The language model {model} cannot be used: {detail}.",
        "Check it with `ocr-pipeline models verify`, or set OCR_STRUCTURING_ENGINE=cpu to do without.",
    ),
    ErrorCode.LANGUAGE_MODEL_UNREACHABLE: Problem(
        Category.SERVICE,
        503,
        True,
        "The language model's server at {url} does not answer: {detail}.",
        "See that it runs, and that OCR_LANGUAGE_MODEL_URL and OCR_LANGUAGE_MODEL_KEY are right; documents wait until "
        "it is back.",
    ),
}


def describe(code: ErrorCode) -> Problem:
    return _PROBLEMS[code]


class PipelineError(Exception):
    """A failure with a code from the closed list; `details` fill the placeholders of its message and advice."""

    def __init__(self, code: ErrorCode, **details: object) -> None:
        self.code = code
        self.problem = describe(code)
        self.message = self.problem.message.format(**details)
        self.advice = self.problem.advice.format(**details)
        super().__init__(f"{self.message} {self.advice}")
