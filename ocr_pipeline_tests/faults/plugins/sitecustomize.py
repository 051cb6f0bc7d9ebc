"""Put on PYTHONPATH by a test, so that Python runs it at its start: pages of one width end whoever reads them."""

import os

from ocr_pipeline.documents.model import Page
from ocr_pipeline.documents.page_image import NormalizedPage
from ocr_pipeline.recognition import stage
from ocr_pipeline.recognition.engine import RecognitionEngine

DEADLY_WIDTH = 777
_recognize = stage.recognize


def recognize(page: NormalizedPage, engine: RecognitionEngine) -> Page:
    if page.info.original_width == DEADLY_WIDTH:
        os._exit(1)
    return _recognize(page, engine)


stage.recognize = recognize
