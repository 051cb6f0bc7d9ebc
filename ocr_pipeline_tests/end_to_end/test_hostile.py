"""Files made to harm: each is turned away with its own code, and the API stays small meanwhile."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from ocr_pipeline.samples.bad import bad_files
from ocr_pipeline_tests.running_stack import RunningStack

MOST_MEGABYTES = 300


class Memory:
    """The resident memory of a program and its children, watched until the end of a `with` block."""

    def __init__(self) -> None:
        self.peak_megabytes = 0.0


@contextmanager
def watched(process: psutil.Process) -> Iterator[Memory]:
    memory, ended = Memory(), threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            family = [process, *process.children(recursive=True)]
            memory.peak_megabytes = max(memory.peak_megabytes, sum(each.memory_info().rss for each in family) / 1e6)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield memory
    finally:
        ended.set()
        watcher.join()


def test_each_hostile_file_gets_its_own_answer_and_the_api_stays_small(running: RunningStack, tmp_path: Path) -> None:
    running.wait_until_running()
    bad = bad_files(tmp_path)
    with watched(running.process("api")) as memory:
        answers = {sample.path.name: _post(running, sample.path.name, sample.path.read_bytes()) for sample in bad}
        large = _post(running, "large.png", b"\x89PNG\r\n\x1a\n" + bytes(running.settings.max_file_bytes))
        long = _post(running, "long.pdf", b"%PDF-1.7\n" + bytes(running.settings.max_file_bytes - 1000))

    assert {name: answer.json()["code"] for name, answer in answers.items()} == {
        sample.path.name: sample.code for sample in bad
    }
    assert {answer.status_code // 100 for answer in answers.values()} == {4}
    assert (large.status_code, large.json()["code"]) == (413, "file_too_large")
    assert long.status_code == 422
    assert memory.peak_megabytes < MOST_MEGABYTES


def test_a_form_that_is_none_is_no_document(running: RunningStack) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answers = [
        running.api.post("/ocr", content=b"--y\r\nno form\r\n", headers=headers),
        running.api.post(
            "/ocr", content=b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\ncut", headers=headers
        ),
        running.api.post("/ocr", files={"other": ("a.png", b"x")}),
        running.api.post("/ocr", data={"file": "no file"}),
        running.api.post("/ocr", json={"file": "no form"}),
        running.api.post("/ocr"),
    ]
    assert [answer.status_code for answer in answers] == [422] * len(answers)
    assert {answer.json()["code"] for answer in answers} == {"invalid_request"}


def _post(running: RunningStack, name: str, data: bytes) -> httpx.Response:
    return running.api.post("/ocr", files={"file": (name, data)})
