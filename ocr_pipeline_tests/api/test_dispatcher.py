"""Bursts of single files."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Queue

import httpx
import pytest

from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline.storage.objects import open_store
from ocr_pipeline_tests.api import finishing
from ocr_pipeline_tests.api.servers import StandInDagster

pytestmark = pytest.mark.usefixtures("ledger")
COUNT = 200


@pytest.fixture
def worker(settings: Settings, dagster: StandInDagster) -> Callable[[], None]:
    """Works off one batch after the other, each document with its own bytes as the total; to be stopped by the call."""
    store = open_store(settings)
    taken: Queue[str | None] = Queue()
    dagster.on_launch = taken.put

    def read(document: LedgerDocument) -> finishing.Result:
        return finishing.verdict((store.get(document.object_key) or b"").decode())

    def work() -> None:
        while (batch := taken.get()) is not None:
            finishing.finish(settings, batch, read, after=0.05)

    thread = threading.Thread(target=work)
    thread.start()

    def stop() -> None:
        taken.put(None)
        thread.join()

    return stop


def test_burst_is_a_few_batches_and_every_file_is_answered_with_its_own(
    serve: Callable[..., httpx.Client], dagster: StandInDagster, worker: Callable[[], None]
) -> None:
    apis = [serve(), serve()]

    def send(number: int) -> httpx.Response:
        files = {"file": (f"{number}.jpg", f"{number}.00".encode())}
        return apis[number % 2].post("/ocr", files=files, headers={"X-Request-ID": f"r{number}"}, timeout=60)

    try:
        with ThreadPoolExecutor(COUNT) as threads:
            answers = list(threads.map(send, range(COUNT)))
    finally:
        worker()
    assert Counter(answer.status_code for answer in answers) == {200: COUNT}
    for number, answer in enumerate(answers):
        body = answer.json()
        assert (body["file"], body["fields"], body["reused"]) == (f"{number}.jpg", {"total": f"{number}.00"}, False)
    ids = {answer.json()["id"] for answer in answers}
    assert len(ids) == COUNT
    assert len(dagster.launched) <= 12
    # Each run bears the requests that it answers.
    tags = {key: value for run in dagster.launched for key, value in run.items() if key.startswith("ocr-request/")}
    assert tags == {f"ocr-request/r{number}": answer.json()["id"] for number, answer in enumerate(answers)}


def test_files_wait_for_no_bell_that_never_rings(
    serve: Callable[..., httpx.Client], settings: Settings, dagster: StandInDagster
) -> None:
    """The worker dies, its batches are finished without a sound, and the next file is launched all the same."""
    api = serve(burst_size=10)
    pending = [
        api.post("/ocr", files={"file": ("a.jpg", str(number).encode())}, params={"wait": 0}).json()
        for number in range(4)
    ]
    assert [body["batch"] is None for body in pending] == [False, False, True, True]
    time.sleep(0.3)
    assert len(dagster.launched) == 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ocr_pipeline.storage.results.Results.ring", lambda *_: None)
        finishing.finish(settings, pending[0]["batch"])
    for body in pending[2:]:
        assert _launched_within(dagster, f"/documents/{body['id']}", 5)


def _launched_within(dagster: StandInDagster, location: str, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if any(f"/documents/{value}" == location for run in dagster.launched for value in run.values()):
            return True
        time.sleep(0.05)
    return False
