"""The stages for one document, without any service: what the assets and the command line share."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ocr_pipeline.attempt import DocumentRejected, stage
from ocr_pipeline.documents.decode import pages
from ocr_pipeline.documents.intake import Limits, read_raw
from ocr_pipeline.documents.model import DocumentText, Line, NormalizedPageInfo, Page, RawDocument, Rejection, Verdict
from ocr_pipeline.documents.page_image import NormalizedPage
from ocr_pipeline.documents.sniff import PDF
from ocr_pipeline.imaging import files
from ocr_pipeline.imaging.normalize import normalize
from ocr_pipeline.recognition import pdf_text_layer
from ocr_pipeline.recognition.engine import RecognitionEngine
from ocr_pipeline.recognition.engine import load_engine as load_recognition_engine
from ocr_pipeline.recognition.stage import recognize
from ocr_pipeline.settings import Settings
from ocr_pipeline.structuring.engine import StructuringEngine
from ocr_pipeline.structuring.engine import load_engine as load_structuring_engine
from ocr_pipeline.validation.verdict import validate


def read_file(data: bytes, name: str, settings: Settings) -> RawDocument:
    """Raises DocumentRejected where the file is no document we read."""
    raw = read_raw(data, name, Limits.of(settings))
    if isinstance(raw, Rejection):
        raise DocumentRejected(raw)
    return raw


def normalize_pages(data: bytes, raw: RawDocument, settings: Settings) -> Iterator[NormalizedPage]:
    """One page at a time; raises UnreadableDocument."""
    return (normalize(page) for page in pages(data, raw.media_type, settings.pdf_dpi))


def read_pages(
    data: bytes,
    media_type: str,
    *,
    infos: Iterable[NormalizedPageInfo],
    load_page: Callable[[NormalizedPageInfo], NormalizedPage],
    engine: RecognitionEngine,
    settings: Settings,
) -> DocumentText:
    """Pages with a trustworthy text of their own are not recognized, nor loaded."""
    layers: Iterator[tuple[Line, ...] | None] = iter(())
    if media_type == PDF and settings.pdf_text_layer:
        layers = pdf_text_layer.text_layer(data, settings.pdf_dpi)
    read = []
    for info in infos:
        lines = next(layers, None)
        if lines is None:
            read.append(recognize(load_page(info), engine))
        else:
            read.append(
                Page(
                    number=info.number,
                    width=info.original_width,
                    height=info.original_height,
                    source=pdf_text_layer.NAME,
                    lines=lines,
                )
            )
    return DocumentText(pages=tuple(read))


def recognition_engine(settings: Settings) -> RecognitionEngine:
    return load_recognition_engine(settings.recognition_engine, settings.threads)


def structuring_engine(settings: Settings) -> StructuringEngine:
    return load_structuring_engine(settings.structuring_engine)


@dataclass
class Processed:
    """What `process` made of a file. `text` is None where it was rejected before it was read."""

    result: Verdict | Rejection
    text: DocumentText | None
    seconds: dict[str, float] = field(default_factory=dict)
    """By stage."""


def process(data: bytes, name: str, settings: Settings) -> Processed:
    """All stages for one file; `name` serves messages only."""
    seconds: dict[str, float] = {}
    text = None
    try:
        with stage("raw_images", seconds):
            raw = read_file(data, name, settings)
        with stage("normalized_images", seconds):
            pictures = {page.info: files.encode(page) for page in normalize_pages(data, raw, settings)}
        with stage("ocr_text", seconds):
            engine = recognition_engine(settings)
            text = read_pages(
                data,
                raw.media_type,
                infos=pictures,
                load_page=lambda info: files.decode(pictures[info], info),
                engine=engine,
                settings=settings,
            )
        with stage("structured_records", seconds):
            (record,) = structuring_engine(settings).structure([text])
        with stage("validated_tables", seconds):
            verdict = validate(record, text, settings.review_confidence)
    except DocumentRejected as rejected:
        return Processed(rejected.rejection, text, seconds)
    return Processed(verdict, text, seconds)
