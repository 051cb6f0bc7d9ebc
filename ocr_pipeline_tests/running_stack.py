"""The whole stack for end-to-end and fault tests: started once, as a user starts it."""

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from ocr_pipeline.local.stack import Stack
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline.storage.objects import ObjectStore, open_store
from ocr_pipeline.tokens import READ, WRITE, create_token
from ocr_pipeline_tests.faults import plugins

Result = TypeVar("Result")


class RunningStack:
    """The stack and what a test does to it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.environment = stack.environment()
        self.settings = Settings.of(self.environment)
        self.engine: Engine = get_engine(self.settings.database_url.get_secret_value())
        self.ledger = Ledger(self.engine)
        self.store: ObjectStore = open_store(self.settings)
        self.token = create_token(
            "tests", [READ, WRITE], timedelta(hours=1), self.settings.jwt_secret.get_secret_value()
        )
        self.api = httpx.Client(
            base_url=self.environment["OCR_API_URL"], headers={"Authorization": f"Bearer {self.token}"}, timeout=60
        )

    def close(self) -> None:
        self.api.close()
        self.store.close()
        self.engine.dispose()

    def drop(self, folder: str, files: dict[str, bytes]) -> list[str]:
        """Puts files into the inbox; returns their keys."""
        keys = []
        for name, data in files.items():
            keys.append(f"{self.settings.s3_inbox_prefix}{folder}/{name}")
            self.store.put(keys[-1], data)
        return keys

    def finished(self, keys: Sequence[str], seconds: float = 120) -> list[LedgerDocument]:
        """The documents of `keys` once all of them have a final state."""

        def all_final() -> list[LedgerDocument] | None:
            try:
                documents = self.ledger.documents_of(keys)
            except OperationalError:  # a test may just have killed Postgres
                return None
            return documents if len(documents) == len(keys) and all(d.state.is_final for d in documents) else None

        return wait_for(all_final, seconds, lambda: str([d.state for d in self.ledger.documents_of(keys)]))

    def batches_of(self, keys: Sequence[str]) -> list[str]:
        return sorted({document.batch for document in self.ledger.documents_of(keys) if document.batch})

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(sql), values).mappings()]

    def graphql(self, query: str, **variables: Any) -> Any:
        """The data of the answer of Dagster's web server."""
        answer = httpx.post(
            f"{self.settings.dagster_url}/graphql", json={"query": query, "variables": variables}, timeout=60
        ).json()
        assert "errors" not in answer, json.dumps(answer)[:2000]
        return answer["data"]

    def process(self, name: str) -> psutil.Process:
        """A program of the stack; waits until it runs."""
        return wait_for(lambda: self._process(name), 60, lambda: f"{name} does not run")

    def kill(self, name: str) -> None:
        """SIGKILL for the program and all its children, as when a machine dies."""
        process = self.process(name)
        for victim in (process, *process.children(recursive=True)):
            victim.kill()

    def stack_logs(self) -> list[Path]:
        return sorted((self.settings.data_dir / "logs").iterdir())

    def wait_until_running(self) -> None:
        wait_for(lambda: self.stack.status().running or None, 120, lambda: str(self.stack.status()))

    def _process(self, name: str) -> psutil.Process | None:
        found = self.stack.status().processes.get(name)
        return psutil.Process(found.pid) if found and found.state == "RUNNING" and found.pid else None


def wait_for(look: Callable[[], Result | None], seconds: float, describe: Callable[[], str]) -> Result:
    """What `look` returns as soon as it is not None; fails with what `describe` says."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        time.sleep(0.2)
    pytest.fail(f"not within {seconds} seconds: {describe()}")


@contextmanager
def running_stack(data_dir: Path) -> Iterator[RunningStack]:
    settings = Settings(
        data_dir=data_dir,
        dagster_port=0,
        api_port=0,
        batch_size=5,
        batch_seconds=2,
        inbox_interval_seconds=1,
        webhook_networks="127.0.0.0/8",
    )
    stack = Stack(settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(plugins.__file__).parent), prepend=os.pathsep)
        stack.up()
    try:
        running = RunningStack(stack)
        yield running
        running.close()
    finally:
        stack.down()


@pytest.fixture(scope="session")
def running(own_environment: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running
