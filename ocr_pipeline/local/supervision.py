"""The supervisor: its configuration, and talking to it."""

import configparser
import contextlib
import io
import os
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPException

import psutil
from pydantic import BaseModel
from supervisor.xmlrpc import Faults, SupervisorTransport

from ocr_pipeline.local import leftovers
from ocr_pipeline.local.failure import service_failed
from ocr_pipeline.local.folders import Folders, write_private
from ocr_pipeline.local.program import Program

GUARD = "guard"
_LAUNCH_SECONDS = 30.0
_START_RETRIES = 3
_LOG_BYTES = "10MB"
_LOG_BACKUPS = "3"
_UNREACHABLE = (OSError, HTTPException)


class ProcessState(BaseModel):
    """`state` is the supervisor's word: RUNNING, STARTING, BACKOFF, STOPPING, STOPPED, EXITED, FATAL."""

    pid: int
    state: str


class Supervisor:
    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._config_file = folders.control / "supervisord.conf"
        self._pid_file = folders.control / "supervisord.pid"

    def launch(self, programs: Sequence[Program], environment: Mapping[str, str]) -> None:
        """Start the supervisor, with none of the programs running yet.

        It hands its environment on to them, so that no secret has to be in a file of its own or on a command line.
        Raises PipelineError(SERVICE_FAILED).
        """
        write_private(self._config_file, _config(self._folders, programs))
        self._pid_file.unlink(missing_ok=True)
        # It leaves our session by itself: Ctrl-C in the terminal is for `up`, which then stops everything in order.
        done = subprocess.run(  # noqa: S603
            (sys.executable, "-m", "supervisor.supervisord", "-c", str(self._config_file)),
            capture_output=True, text=True, check=False, cwd=self._folders.control,
            env={**environment, leftovers.MARK: str(self._folders.root)},
        )  # fmt: skip
        deadline = time.monotonic() + _LAUNCH_SECONDS
        while not self.states():
            if done.returncode != 0 or time.monotonic() > deadline:
                reason = (done.stderr.strip().splitlines() or ["it does not answer"])[0]
                raise service_failed(self._folders, "supervisor", reason)
            time.sleep(0.05)

    def process(self) -> psutil.Process | None:
        """The running supervisor of this data folder, if there is one."""
        try:
            process = psutil.Process(int(self._pid_file.read_text(encoding="ascii")))
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return None
        # A number alone proves nothing: after a restart of the machine it may be anybody's.
        return process if leftovers.belongs(process, self._folders.root) else None

    def start(self, program: Program) -> None:
        """Raises PipelineError(SERVICE_FAILED) where there is nothing to run, such as a command that is not there."""
        try:
            with self._rpc() as rpc:
                rpc.supervisor.startProcess(_full_name(program), False)
        except _UNREACHABLE:
            return  # That it is gone shows in `states`.
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != Faults.SHUTDOWN_STATE:
                raise service_failed(self._folders, program.name, fault.faultString) from fault

    def states(self) -> dict[str, ProcessState]:
        """Every program's state; empty when there is no supervisor, or it is on its way down."""
        try:
            with self._rpc() as rpc:
                infos = rpc.supervisor.getAllProcessInfo()
        except (xmlrpc.client.Fault, *_UNREACHABLE):
            return {}
        assert isinstance(infos, list)  # noqa: S101
        return {info["name"]: ProcessState(pid=info["pid"], state=info["statename"]) for info in infos}

    def request_shutdown(self) -> None:
        """Stop everything, last stage first, and then itself; returns at once."""
        # It may be on its way down already, or gone.
        with contextlib.suppress(xmlrpc.client.Fault, *_UNREACHABLE), self._rpc() as rpc:
            rpc.supervisor.shutdown()

    @contextlib.contextmanager
    def _rpc(self) -> Iterator[xmlrpc.client.ServerProxy]:
        transport = SupervisorTransport(None, None, f"unix://{self._folders.supervisor_socket}")
        # The address is a formality: the transport goes to the socket.
        with contextlib.closing(transport):
            yield xmlrpc.client.ServerProxy("http://localhost", transport)


def _full_name(program: Program) -> str:
    return f"{_group(program.stage)}:{program.name}"


def _group(stage: int) -> str:
    return f"stage-{stage}"


def _config(folders: Folders, programs: Sequence[Program]) -> str:
    config = configparser.RawConfigParser()
    config["unix_http_server"] = {"file": _escaped(folders.supervisor_socket), "chmod": "0700"}
    config["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    config["supervisord"] = {
        "umask": "077",
        "pidfile": _escaped(folders.control / "supervisord.pid"),
        "logfile": _escaped(folders.log_of("supervisor")),
        "logfile_maxbytes": _LOG_BYTES,
        "logfile_backups": "1",
    }
    if os.geteuid() == 0:
        config["supervisord"]["user"] = "root"
    config[f"eventlistener:{GUARD}"] = {
        "command": _command((sys.executable, "-m", "ocr_pipeline.local.guard")),
        "directory": _escaped(folders.control),
        "events": "PROCESS_STATE_FATAL,PROCESS_STATE_EXITED,PROCESS_STATE_BACKOFF",
        "buffer_size": "100",
        "autorestart": "true",
        "stderr_logfile": _log(folders, GUARD),
        "stderr_logfile_maxbytes": _LOG_BYTES,
        "stderr_logfile_backups": "1",
    }
    # A group is stopped as a whole, the one of the highest priority first.
    for stage in sorted({program.stage for program in programs}):
        names = (program.name for program in programs if program.stage == stage)
        config[f"group:{_group(stage)}"] = {"programs": ",".join(names), "priority": str(stage)}
    for program in programs:
        config[f"program:{program.name}"] = _program_section(folders, program)
    text = io.StringIO()
    config.write(text)
    return text.getvalue()


def _program_section(folders: Folders, program: Program) -> dict[str, str]:
    return {
        "command": _command(program.command),
        "directory": _escaped(program.directory),
        "autostart": "false",
        "autorestart": "true",
        "startsecs": str(program.settle_seconds),
        "startretries": str(_START_RETRIES),
        "stopsignal": program.stop_signal,
        "stopasgroup": str(program.stop_group).lower(),
        "killasgroup": "true",
        "stopwaitsecs": str(program.stop_seconds),
        "redirect_stderr": "true",
        "stdout_logfile": _log(folders, program.name),
        "stdout_logfile_maxbytes": _LOG_BYTES,
        "stdout_logfile_backups": _LOG_BACKUPS,
    }


def _command(arguments: Sequence[str]) -> str:
    return _escaped(shlex.join(arguments))


def _log(folders: Folders, name: str) -> str:
    # Relative, to the folder in which the supervisor was started: it unescapes these paths twice, and others once.
    return os.path.relpath(folders.log_of(name), folders.control)


def _escaped(value: object) -> str:
    return str(value).replace("%", "%%")
