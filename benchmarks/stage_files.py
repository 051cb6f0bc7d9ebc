"""The stages of one document with what they read and write in S3, and nothing else around them."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from benchmarks.post_ocr import Receipt
from ocr_pipeline.cores import core_count
from ocr_pipeline.documents.model import (
    DocumentText,
    Model,
    NormalizedDocument,
    NormalizedPageInfo,
    RawDocument,
    Record,
)
from ocr_pipeline.documents.page_image import NormalizedPage
from ocr_pipeline.imaging import files
from ocr_pipeline.orchestration.at_once import run_at_once
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.objects import ObjectStore
from ocr_pipeline.storage.originals import Originals
from ocr_pipeline.storage.stage_outputs import StageOutput, StageOutputs

Output = TypeVar("Output", bound=Model)


def seconds_of(work: Callable[[Receipt], object], receipts: Sequence[Receipt]) -> float:
    """As many at once as a worker takes."""

    def task(receipt: Receipt) -> None:
        work(receipt)

    started = time.perf_counter()
    run_at_once([partial(task, receipt) for receipt in receipts], core_count() + 1, lambda: None, 60.0)
    return time.perf_counter() - started


def process(key: str, store: ObjectStore, version: str, settings: Settings) -> None:
    """From the file at `key` to its verdict; every stage keeps its output, and the next one takes it from there."""
    from ocr_pipeline import pipeline

    data = store.get(key)
    if data is None:
        raise FileNotFoundError(key)
    raw = pipeline.read_file(data, key.rpartition("/")[2], settings)
    originals = Originals(store)
    originals.save(raw.sha256, data, raw.media_type)

    def kept(stage: str, output_type: type[Output], made: Output) -> Output:
        outputs = StageOutputs(store, stage, version, output_type)
        outputs.save(raw.sha256, StageOutput[output_type](result=made, seconds={}))  # type: ignore[valid-type]  # a type made at run time
        found = outputs.load(raw.sha256)
        if found is None or not isinstance(found.result, output_type):
            raise FileNotFoundError(stage)
        return found.result

    raw = kept("raw_images", RawDocument, raw)
    pictures = StageOutputs(store, "normalized_images", version, NormalizedDocument)
    infos = []
    for page in pipeline.normalize_pages(originals.load(raw.sha256), raw, settings):
        pictures.save_file(raw.sha256, files.file_name(page.info), files.encode(page), files.MEDIA_TYPE)
        infos.append(page.info)
    pages = NormalizedDocument(media_type=raw.media_type, pages=tuple(infos))
    pages = kept("normalized_images", NormalizedDocument, pages)

    def load_page(info: NormalizedPageInfo) -> NormalizedPage:
        return files.decode(pictures.load_file(raw.sha256, files.file_name(info)), info)

    text = pipeline.read_pages(
        originals.load(raw.sha256),
        pages.media_type,
        infos=pages.pages,
        load_page=load_page,
        engine=pipeline.recognition_engine(settings),
        settings=settings,
    )
    text = kept("ocr_text", DocumentText, text)
    record = kept(
        "structured_records", Record, pipeline.structure(text, pipeline.structuring_engine(settings), settings)
    )
    pipeline.judge(record, text, settings)
