"""A host whose cable is pulled in the middle of a batch, and plugged in again."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import psutil
import pymupdf
import pytest
from celery import Celery

from ocr_pipeline.local.stack import Stack
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.ledger_rows import Arrival, Sender
from ocr_pipeline_tests.faults.hosts import Host, Network, network
from ocr_pipeline_tests.running_stack import RunningStack, wait_for

_BATCHES, _BATCH = 20, 10
_NOBODY_LISTENS = "http://127.0.0.1:9/"


class Worker:
    """`ocr-pipeline worker` on a host of its own, with the variables of the credentials file and no more."""

    def __init__(self, running: RunningStack, host: Host, name: str, folder: Path) -> None:
        self.node = f"{name}@{os.uname().nodename}"
        self.log = folder / f"{name}.log"
        # The folders that the file names are not there on another host.
        elsewhere = {"DAGSTER_HOME": str(folder / "nothing"), "OCR_DATA_DIR": str(folder / name)}
        shell = {
            variable: os.environ[variable] for variable in ("PATH", "PYTHONPATH", "HOME") if variable in os.environ
        }
        command = [sys.executable, "-m", "ocr_pipeline", "worker", "--name", name]
        self._process = host.start(command, {**shell, **running.environment, **elsewhere}, self.log)
        self._celery = Celery(broker=running.settings.redis_url.get_secret_value(), set_as_current=False)

    def answers(self) -> bool | None:
        return bool(self._celery.control.ping(destination=[self.node], timeout=1.0)) or None

    def run(self) -> str | None:
        """The Celery task that it is working on."""
        found = self._celery.control.inspect(destination=[self.node], timeout=1.0, limit=1).active() or {}
        return next((task["id"] for task in found.get(self.node, [])), None)

    def runs_so_far(self) -> int | None:
        found = self._celery.control.inspect(destination=[self.node], timeout=1.0, limit=1).stats()
        return sum(found[self.node]["total"].values()) if found else None

    def close(self) -> None:
        self._celery.close()
        with psutil.Process(self._process.pid).oneshot():
            family = psutil.Process(self._process.pid).children(recursive=True)
        for process in family:
            process.kill()
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module")
def net() -> Iterator[Network]:
    with network(hosts=2) as made:
        yield made


@pytest.fixture(scope="module")
def running(own_environment: None, net: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The services on this machine, at an address that others reach, without workers."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("stack"), dagster_port=0, api_port=0, host=net.address,
        batch_workers=0, interactive_workers=0, inbox_interval_seconds=1, webhook_networks="127.0.0.0/8",
    )  # fmt: skip
    stack = Stack(settings)
    stack.up()
    try:
        running = RunningStack(stack)
        yield running
        running.close()
    finally:
        stack.down()


@pytest.fixture
def workers(running: RunningStack, net: Network, tmp_path: Path) -> Iterator[list[Worker]]:
    made = [Worker(running, host, f"worker-{number}", tmp_path) for number, host in enumerate(net.hosts)]
    try:
        for worker in made:
            wait_for(worker.answers, 120, worker.log.read_text)
        yield made
    finally:
        for worker in made:
            worker.close()


@pytest.mark.timeout(600)
def test_a_host_vanishes_and_returns(running: RunningStack, net: Network, workers: list[Worker]) -> None:
    batches = [_register(running, number) for number in range(_BATCHES // 2)]
    vanishing, other = workers

    cut_short = _cut_off_in_a_batch(running, net.hosts[0], vanishing)
    wait_for(lambda: _are_finished(running, [cut_short]) or None, 150, lambda: _story(running, workers))
    wait_for(
        lambda: _runs(running, cut_short) == ["FAILURE", "SUCCESS"] or None, 20, lambda: str(_runs(running, cut_short))
    )

    net.hosts[0].reconnect()
    before = wait_for(vanishing.runs_so_far, 60, vanishing.log.read_text)
    batches += [_register(running, number) for number in range(_BATCHES // 2, _BATCHES)]
    wait_for(lambda: _are_finished(running, batches) or None, 200, lambda: _story(running, workers))
    assert wait_for(vanishing.runs_so_far, 10, vanishing.log.read_text) > before, "it takes no runs any more"
    assert other.answers()

    documents = running.rows("SELECT id, state FROM ledger")
    assert Counter(row["state"] for row in documents).keys() <= {"accepted", "needs_review"}
    assert len(documents) == _BATCHES * _BATCH
    rows = running.rows("SELECT document_id AS id FROM documents UNION ALL SELECT document_id FROM quarantine")
    assert sorted(row["id"] for row in rows) == sorted(row["id"] for row in documents)
    told = running.rows("SELECT batch FROM deliveries WHERE event = 'batch.finished'")
    assert sorted(row["batch"] for row in told) == sorted(batches)


def test_of_the_services_only_three_are_on_the_network_and_ask_for_passwords(
    running: RunningStack, net: Network
) -> None:
    """And the one port of S3 that cannot be left out takes nobody."""
    grpc = pytest.importorskip("grpc")
    listening = {
        (connection.laddr.ip.removeprefix("::ffff:"), name)
        for name, process in running.stack.status().processes.items()
        for connection in psutil.Process(process.pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert {name for ip, name in listening if ip != "127.0.0.1"} == {"postgres", "redis", "s3"}
    s3 = psutil.Process(running.stack.status().processes["s3"].pid)
    ports = {c.laddr.port for c in s3.net_connections("tcp") if c.laddr.ip == net.address and c.status == "LISTEN"}
    (grpc_port,) = ports - {int(running.settings.s3_endpoint.rpartition(":")[2])}
    with grpc.insecure_channel(f"{net.address}:{grpc_port}") as channel:
        put_identity = channel.unary_unary("/messaging_pb.SeaweedS3IamCache/PutIdentity")
        with pytest.raises(grpc.RpcError) as caught:
            put_identity(b"", timeout=5)
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE


def _are_finished(running: RunningStack, batches: list[str]) -> bool:
    found = running.rows("SELECT key FROM batches WHERE key = ANY(:keys) AND finished_at IS NOT NULL", keys=batches)
    return len(found) == len(batches)


def _runs(running: RunningStack, batch: str) -> list[str]:
    """How the batch's runs ended, the first one first."""
    rows = running.rows(
        "SELECT r.status FROM dagster.runs r JOIN dagster.run_tags t ON t.run_id = r.run_id "
        "WHERE t.key = 'dagster/partition' AND t.value = :batch ORDER BY r.create_timestamp",
        batch=batch,
    )
    return [row["status"] for row in rows]


def _register(running: RunningStack, number: int) -> str:
    """A batch of receipts whose sender wants to be told when it is done; the sensor finds it."""
    arrivals = []
    for one in range(_BATCH):
        name = f"{number:02}-{one}.pdf"
        stored = running.store.upload(f"uploads/cut-off/{name}", BytesIO(_receipt(number * _BATCH + one)))
        arrivals.append(Arrival(name, stored.key, stored.etag, stored.size))
    key, _ = running.ledger.register_batch(arrivals, Sender("default", webhook=_NOBODY_LISTENS))
    return key


def _receipt(number: int) -> bytes:
    """With text that needs not be recognized: a page takes milliseconds."""
    with pymupdf.open() as document:
        page = document.new_page(width=280, height=400)
        price = f"{number + 1}.00"
        lines = ["Corner Shop Ltd", "12 High Street, Leeds", f"Receipt no. {number:05}", "Date: 12 March 2026",
                 f"Pencils 1 x {price} {price}", f"Total {price}", "Thank you"]  # fmt: skip
        for row, line in enumerate(lines, start=1):
            page.insert_text((30, 40 * row), line, fontsize=12)
        data: bytes = document.tobytes()
    return data


def _cut_off_in_a_batch(running: RunningStack, host: Host, worker: Worker) -> str:
    """Pulls the cable while the worker has a batch; returns the batch."""
    for _ in range(_BATCHES // 2):
        task = wait_for(worker.run, 180, worker.log.read_text)  # it loads its engines first
        host.cut_off()
        with _reconnected_on_failure(host):
            rows = running.rows(
                "SELECT p.value AS batch FROM dagster.run_tags t JOIN dagster.run_tags p ON p.run_id = t.run_id "
                "JOIN dagster.runs r ON r.run_id = t.run_id AND r.status IN ('STARTING', 'STARTED') "
                "WHERE t.key = 'dagster-celery/task_id' AND t.value = :task AND p.key = 'dagster/partition'",
                task=task,
            )
            if rows:
                return str(rows[0]["batch"])
        host.reconnect()  # it had just finished
    pytest.fail("the worker was never in the middle of a batch")


@contextmanager
def _reconnected_on_failure(host: Host) -> Iterator[None]:
    try:
        yield
    except BaseException:
        host.reconnect()
        raise


def _story(running: RunningStack, workers: list[Worker]) -> str:
    states = running.rows("SELECT state, count(*) FROM ledger GROUP BY state")
    runs = running.rows("SELECT status, count(*) FROM dagster.runs GROUP BY status")
    return "\n".join([f"{states} {runs}", *(worker.log.read_text()[-3000:] for worker in workers)])
