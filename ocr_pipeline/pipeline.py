"""The stages for one document, without any service: what the assets and the command line share."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ocr_pipeline.attempt import DocumentRejected, stage
from ocr_pipeline.cores import core
from ocr_pipeline.documents.decode import pages
from ocr_pipeline.documents.intake import Limits, read_raw
from ocr_pipeline.documents.model import (
    DocumentText,
    EmbeddedInvoice,
    NormalizedPageInfo,
    Page,
    RawDocument,
    Record,
    Rejection,
    Verdict,
)
from ocr_pipeline.documents.options import NO_OPTIONS, Options
from ocr_pipeline.documents.page_image import NormalizedPage
from ocr_pipeline.documents.sniff import PDF
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.imaging import files
from ocr_pipeline.imaging.normalize import normalize
from ocr_pipeline.kinds.registry import kind_named, kind_of, kinds
from ocr_pipeline.pages_ahead import map_ahead
from ocr_pipeline.recognition import pdf_text_layer
from ocr_pipeline.recognition.embedded_invoice import embedded_invoice
from ocr_pipeline.recognition.engine import RecognitionEngine
from ocr_pipeline.recognition.engine import load_engine as load_recognition_engine
from ocr_pipeline.recognition.stage import recognize
from ocr_pipeline.settings import Settings
from ocr_pipeline.structuring.embedded.record import record_of
from ocr_pipeline.structuring.engine import StructuringEngine
from ocr_pipeline.structuring.engine import load_engine as load_structuring_engine
from ocr_pipeline.structuring.grounding.ground import ground
from ocr_pipeline.structuring.language_model.cache import AnswerCache
from ocr_pipeline.validation.patterns.settle import settle
from ocr_pipeline.validation.patterns.vendor_patterns import VendorPatterns
from ocr_pipeline.validation.verdict import validate


def read_file(data: bytes, name: str, settings: Settings) -> RawDocument:
    """Raises DocumentRejected where the file is no document we read."""
    raw = read_raw(data, name, Limits.of(settings))
    if isinstance(raw, Rejection):
        raise DocumentRejected(raw)
    return raw


def require_pages(raw: RawDocument, options: Options) -> None:
    """Raises DocumentRejected where the file has none of the pages that are asked for."""
    if not any(options.wants_page(number) for number in range(1, raw.page_count + 1)):
        rejection = Rejection.of(ErrorCode.NO_SUCH_PAGE, pages=raw.page_count, wanted=options.pages)
        raise DocumentRejected(rejection)


def normalize_pages(
    data: bytes, raw: RawDocument, settings: Settings, is_wanted: Callable[[int], bool] | None = None
) -> Iterator[NormalizedPage]:
    """One page at a time, those whose numbers are wanted; raises UnreadableDocument."""
    for page in pages(data, raw.media_type, settings.pdf_dpi, is_wanted):
        with core():
            normalized = normalize(page)
        yield normalized


def trusted_pages(
    data: bytes, media_type: str, settings: Settings, is_wanted: Callable[[int], bool] = lambda _: True
) -> dict[int, Page]:
    """Those of the wanted pages of a PDF that have a trustworthy text of their own, by number."""
    if media_type != PDF or not settings.pdf_text_layer:
        return {}
    found = pdf_text_layer.text_layer(data, settings.pdf_dpi, is_wanted)
    return {page.number: page for page in found if page is not None}


def read_pages(
    data: bytes,
    media_type: str,
    *,
    infos: Sequence[NormalizedPageInfo],
    load_page: Callable[[NormalizedPageInfo], NormalizedPage],
    engine: RecognitionEngine,
    settings: Settings,
    language: str | None = None,
) -> DocumentText:
    """Pages with a trustworthy text of their own are not recognized, nor loaded; of others a few are at a time.

    `language` is what the sender named.
    """
    numbers = {info.number for info in infos}
    trusted = trusted_pages(data, media_type, settings, numbers.__contains__)

    def read(info: NormalizedPageInfo) -> Page:
        return trusted.get(info.number) or recognize(load_page(info), engine)

    pages_read = tuple(map_ahead(read, infos))
    return DocumentText(pages=pages_read, embedded_invoice=invoice_inside(data, media_type), language=language)


def invoice_inside(data: bytes, media_type: str) -> EmbeddedInvoice | None:
    """What a PDF carries for machines."""
    return embedded_invoice(data) if media_type == PDF else None


def structure(
    text: DocumentText, engine: StructuringEngine, settings: Settings, kind_name: str | None = None
) -> Record:
    """The fields, each with the words that give it; `kind_name` is that of the kind that the sender named.

    Raises PipelineError(INVALID_SETTING) where the settings name a document kind that is none, or not that one.
    """
    choices = kinds(settings.document_kinds)
    kind = kind_named(kind_name, choices) if kind_name else kind_of(text, choices)
    record = ground(engine.structure(text, kind), text, kind)
    return record_of(text, kind, record) if settings.embedded_invoices else record


def judge(
    record: Record, text: DocumentText, settings: Settings, known: Mapping[str, VendorPatterns] | None = None
) -> Verdict:
    """`known` is what accepted documents taught, by vendor key. Raises as `structure` does."""
    choices = kinds(settings.document_kinds)
    settled = settle(record, text, known, kind_named(record.kind, choices)) if known else record
    return validate(settled, text, settings.review_confidence, choices)


def recognition_engine(settings: Settings) -> RecognitionEngine:
    return load_recognition_engine(
        settings.recognition_engine,
        runtime=settings.recognition_runtime,
        second_reader=settings.second_reader,
        handwriting_model=settings.handwriting_model,
    )


def structuring_engine(settings: Settings, answers: AnswerCache | None = None) -> StructuringEngine:
    return load_structuring_engine(settings, answers)


@dataclass
class Processed:
    """What `process` made of a file. `text` is None where it was rejected before it was read."""

    result: Verdict | Rejection
    text: DocumentText | None
    seconds: dict[str, float] = field(default_factory=dict)
    """By stage."""


def process(data: bytes, name: str, settings: Settings, options: Options = NO_OPTIONS) -> Processed:
    """All stages for one file; `name` serves messages only."""
    settings = options.applied_to(settings)
    seconds: dict[str, float] = {}
    text = None
    try:
        with stage("raw_images", seconds):
            raw = read_file(data, name, settings)
        text = _read(data, raw, settings, options, seconds)
        with stage("structured_records", seconds):
            record = structure(text, structuring_engine(settings), settings, options.kind)
        with stage("validated_tables", seconds):
            verdict = judge(record, text, settings)
    except DocumentRejected as rejected:
        return Processed(rejected.rejection, text, seconds)
    return Processed(verdict, text, seconds)


def read_text(data: bytes, name: str, settings: Settings, options: Options = NO_OPTIONS) -> DocumentText:
    """The stages up to recognition. Raises DocumentRejected."""
    settings = options.applied_to(settings)
    return _read(data, read_file(data, name, settings), settings, options, {})


def _read(
    data: bytes, raw: RawDocument, settings: Settings, options: Options, seconds: dict[str, float]
) -> DocumentText:
    """Pages are recognized while the next are decoded; those with a trustworthy text of their own are not rendered."""
    require_pages(raw, options)
    seconds["normalized_images"] = 0.0

    def is_to_be_recognized(number: int) -> bool:
        return number not in read and options.wants_page(number)

    def normalized() -> Iterator[NormalizedPage]:
        pictures = normalize_pages(data, raw, settings, is_to_be_recognized)
        while True:
            with stage("normalized_images", seconds):
                page = next(pictures, None)
            if page is None:
                return
            yield page

    def recognized(page: NormalizedPage) -> Page:
        stored = files.decode(files.encode(page), page.info)
        return recognize(stored, recognition_engine(settings))

    try:
        with stage("ocr_text", seconds):
            read = trusted_pages(data, raw.media_type, settings, options.wants_page)
            embedded = invoice_inside(data, raw.media_type)
            for page in map_ahead(recognized, normalized()):
                read[page.number] = page
    finally:  # the one ran inside the other
        seconds["ocr_text"] -= seconds["normalized_images"]
    pages_read = tuple(read[number] for number in sorted(read))
    return DocumentText(pages=pages_read, embedded_invoice=embedded, language=options.language)
