"""The engine against a real server of another make, which does not bind answers: what comes is as good as noise."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft202012Validator

from ocr_pipeline.documents.model import Record
from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.kinds.sales import DOCUMENT_DATE, TOTAL
from ocr_pipeline.structuring.cpu_engine import CpuEngine
from ocr_pipeline.structuring.language_model.engine import LanguageModelEngine
from ocr_pipeline.structuring.language_model.prompt import PROMPT_VERSION
from ocr_pipeline.structuring.language_model.server import ServerModel
from ocr_pipeline_tests.structuring.language_model.documents import documents

_SLIP = DocumentKind("slip", fields=(DOCUMENT_DATE, TOTAL))
"""Its answers are short, and the server writes one at a time."""


@pytest.fixture(scope="module")
def url(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("serve") / "log"
    program = Path(sys.executable).with_name("transformers")
    command = [str(program), "serve", str(tiny_model), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        _wait(f"http://127.0.0.1:{port}/health", process, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def test_two_hundred_records_are_valid_whatever_the_server_says(url: str, tiny_model: Path) -> None:
    engine = LanguageModelEngine(
        "mistral_server", ServerModel(url, str(tiny_model), at_once=4), cpu=CpuEngine(), at_once=4
    )
    texts = documents(200)
    with ThreadPoolExecutor(4) as threads:
        records = list(threads.map(lambda text: engine.structure(text, _SLIP), texts))
    valid = Draft202012Validator(Record.model_json_schema())
    for record, text in zip(records, texts, strict=True):
        valid.validate(record.model_dump(mode="json"))
        own = CpuEngine().structure(text, _SLIP)
        assert record == own.model_copy(update={"model": str(tiny_model), "prompt": PROMPT_VERSION})
    assert engine.usage.answers >= 200
    assert engine.usage.prompt_tokens > 200 * 500
    assert engine.usage.completion_tokens > 200
