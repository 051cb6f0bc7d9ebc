"""The local stack: up, down, and how it is."""

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.local import failure, leftovers, plan, postgres, redis_server, s3_server
from ocr_pipeline.local.applications import PIPELINE, Applications
from ocr_pipeline.local.failure import service_failed
from ocr_pipeline.local.folders import Folders
from ocr_pipeline.local.plan import Endpoints, Plan, Service
from ocr_pipeline.local.program import Program
from ocr_pipeline.local.supervision import GUARD, ProcessState, Supervisor
from ocr_pipeline.settings import Settings

_SERVERS = {Service.S3: s3_server.program, Service.REDIS: redis_server.program, Service.POSTGRES: postgres.program}
# Longer than the slowest stage takes to be killed.
_STOP_SECONDS = 90.0
_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Status:
    """`endpoints` are those of the last start, None before the first; `failure` says why a stack stopped itself."""

    running: bool
    endpoints: Endpoints | None
    processes: dict[str, ProcessState]
    failure: PipelineError | None


class Stack:
    """One stack a data folder. The methods may be called from different processes."""

    def __init__(self, settings: Settings, applications: Applications = PIPELINE) -> None:
        self._settings = settings
        self._applications = applications
        self._folders = Folders(settings.data_dir.expanduser().resolve())
        self._supervisor = Supervisor(self._folders)
        self.is_ours = False
        """Whether this object began to start the stack: what someone else started is not ours to stop."""

    def up(self, on_progress: Callable[[str], None] = lambda _: None) -> Endpoints:
        """Start everything and return when all of it answers; after an error nothing is left running.

        Raises PipelineError(STACK_ALREADY_RUNNING, STALE_STACK, PORT_IN_USE, DISK_FULL, DATA_DIR_UNUSABLE,
        SERVICE_FAILED, SERVICE_UNAVAILABLE, INVALID_SETTING).
        """
        self._folders.prepare()
        with self._only_one_start():
            self._refuse_what_runs()
            self.is_ours = True
            self._folders.failure_file.unlink(missing_ok=True)
            made = plan.make(self._settings, self._folders)
            made.save()
            try:
                self._start(made, on_progress)
            except BaseException:
                self.down()
                raise
        return made.endpoints()

    def down(self) -> bool:
        """Stop everything, also what a killed supervisor left behind; False if there was nothing."""
        was_running = self._supervisor.process() is not None
        if was_running:
            self._supervisor.request_shutdown()
            self._await_shutdown()
        left = leftovers.find(self._folders.root)
        leftovers.end(left)
        if record := plan.read_record(self._folders):
            s3_server.remove_sockets(record.ports)
        return was_running or bool(left)

    def wait(self) -> None:
        """Return when the stack was stopped by someone else.

        Raises PipelineError(SERVICE_FAILED) if it stopped itself.
        """
        supervisor = self._supervisor.process()
        if supervisor is not None:
            supervisor.wait()
        if left := leftovers.find(self._folders.root):
            # The guard ends them when the supervisor was killed; this is in case it was killed as well.
            leftovers.end(left)
        if error := failure.read(self._folders):
            raise error

    def status(self) -> Status:
        record = plan.read_record(self._folders)
        states = self._supervisor.states()
        return Status(
            running=bool(states) and all(process.state == "RUNNING" for process in states.values()),
            endpoints=record.endpoints if record else None,
            processes={name: process for name, process in states.items() if name != GUARD},
            failure=failure.read(self._folders),
        )

    def environment(self) -> dict[str, str]:
        """What the credentials file holds.

        Raises PipelineError(STACK_NOT_RUNNING) before the first start.
        """
        record = plan.read_record(self._folders)
        if record is None:
            raise PipelineError(ErrorCode.STACK_NOT_RUNNING, data_dir=self._folders.root)
        return record.environment

    @contextlib.contextmanager
    def _only_one_start(self) -> Iterator[None]:
        with self._folders.lock_file.open("a+", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                raise self._already_running(file.read() or "unknown") from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def _refuse_what_runs(self) -> None:
        if process := self._supervisor.process():
            raise self._already_running(process.pid)
        if left := leftovers.find(self._folders.root):
            pids = ", ".join(str(process.pid) for process in left)
            raise PipelineError(ErrorCode.STALE_STACK, data_dir=self._folders.root, pids=pids)

    def _already_running(self, pid: object) -> PipelineError:
        return PipelineError(ErrorCode.STACK_ALREADY_RUNNING, data_dir=self._folders.root, pid=pid)

    def _start(self, made: Plan, on_progress: Callable[[str], None]) -> None:
        servers = [program(made) for service, program in _SERVERS.items() if service in made.own]
        applications = self._applications.programs(made)
        counts = self._folders.request_counts
        shutil.rmtree(counts, ignore_errors=True)
        counts.mkdir()
        environment = {
            **os.environ,
            **made.environment(),
            **s3_server.server_environment(made),
            "PROMETHEUS_MULTIPROC_DIR": str(counts),
            "PYTHONUNBUFFERED": "1",
        }
        self._supervisor.launch([*servers, *applications], environment)
        on_progress("Starting the servers")
        self._start_together(servers, on_progress)
        on_progress("Preparing the database")
        self._applications.prepare(made)
        for stage in sorted({program.stage for program in applications}):
            programs = [program for program in applications if program.stage == stage]
            on_progress("Starting " + ", ".join(program.title for program in programs))
            self._start_together(programs, on_progress)

    def _start_together(self, programs: Sequence[Program], on_progress: Callable[[str], None]) -> None:
        for program in programs:
            if program.before_start:
                program.before_start()
            self._supervisor.start(program)
        began = time.monotonic()
        waiting = list(programs)
        while waiting:
            states = self._supervisor.states()
            if not states or self._folders.failure_file.exists():
                raise self._stopped_by_itself()
            for program in list(waiting):
                if states[program.name].state == "RUNNING" and (program.ready is None or program.ready()):
                    waiting.remove(program)
                    on_progress(f"{program.title} is ready")
                elif time.monotonic() - began > program.ready_seconds:
                    reason = f"it gave no answer within {program.ready_seconds:.0f} s"
                    raise service_failed(self._folders, program.name, reason)
            time.sleep(_LOOK_SECONDS)

    def _stopped_by_itself(self) -> PipelineError:
        self._await_shutdown()
        stopped_by_down = PipelineError(ErrorCode.STACK_NOT_RUNNING, data_dir=self._folders.root)
        return failure.read(self._folders) or stopped_by_down

    def _await_shutdown(self) -> None:
        deadline = time.monotonic() + _STOP_SECONDS
        while self._supervisor.process() and time.monotonic() < deadline:
            # It looks after its programs once a second, or when it is asked something.
            self._supervisor.states()
            time.sleep(_LOOK_SECONDS)
