import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import httpx
import psutil
import psycopg2
import pytest
import redis
from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy import make_url

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.local import leftovers, plan, ports
from ocr_pipeline.local.folders import Folders
from ocr_pipeline.local.plan import Plan, Service
from ocr_pipeline.local.program import Program
from ocr_pipeline.local.stack import Stack
from ocr_pipeline.settings import Settings
from ocr_pipeline_tests.local.stand_ins import applications, redis_only, settings, stayer

if TYPE_CHECKING:
    from mypy_boto3_s3.service_resource import Bucket


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A space and a percent sign mean something to supervisor's configuration.
    root = tmp_path_factory.mktemp("stack") / "100% mine"
    root.parent.chmod(0o700)
    return root


@pytest.fixture(scope="module")
def stack(data_dir: Path) -> Iterator[Stack]:
    """All three servers and a stand-in, in a folder that only its owner may enter."""
    stack = Stack(settings(data_dir), applications(lambda plan: [stayer(plan)]))
    stack.up()
    yield stack
    stack.down()
    assert _anything_in(data_dir) == []


@contextlib.contextmanager
def started(settings: Settings, *programs: Callable[[Plan], Program]) -> Iterator[Stack]:
    stack = Stack(settings, applications(lambda plan: [program(plan) for program in programs]))
    stack.up()
    try:
        yield stack
    finally:
        stack.down()
        assert _anything_in(settings.data_dir) == []


def _anything_in(folder: Path) -> list[psutil.Process]:
    """Every process that works below the folder or names it, however it came to be."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if Path(process.cwd()).is_relative_to(folder) or str(folder) in " ".join(process.cmdline()):
                found.append(process)
    return found


def _select(environment: dict[str, str], query: str) -> object:
    url = make_url(environment["OCR_DATABASE_URL"]).set(drivername="postgresql")
    with contextlib.closing(psycopg2.connect(url.render_as_string(hide_password=False))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall() if cursor.description else None


def _bucket(environment: dict[str, str], secret_key: str = "") -> "Bucket":
    resource = boto3.resource(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL_S3"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=secret_key or environment["AWS_SECRET_ACCESS_KEY"],
        region_name="us-east-1",
    )
    return resource.Bucket(environment["OCR_S3_BUCKET"])


def _wait_for(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def _use_every_server(stack: Stack) -> None:
    environment = stack.environment()
    with redis.Redis.from_url(environment["OCR_REDIS_URL"]) as client:
        client.set("k", "v")
        assert client.get("k") == b"v"
    _bucket(environment).put_object(Key="inbox/a.png", Body=b"bytes")
    assert _bucket(environment).Object("inbox/a.png").get()["Body"].read() == b"bytes"
    assert _select(environment, "select upper('grün')") == [("GRÜN",)]


def _every_server_works(stack: Stack) -> bool:
    try:
        _use_every_server(stack)
    except (redis.RedisError, BotoCoreError, ClientError, psycopg2.OperationalError):
        return False
    return True


def test_every_server_takes_and_gives(stack: Stack) -> None:
    _use_every_server(stack)


def test_no_server_is_open_to_those_without_its_password(stack: Stack) -> None:
    environment = stack.environment()
    wrong = {name: value.replace(":" + str(make_url(value).password), ":wrong") for name, value in environment.items()
             if name in ("OCR_DATABASE_URL", "OCR_REDIS_URL")}  # fmt: skip
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        _select(wrong, "select 1")
    with redis.Redis.from_url(wrong["OCR_REDIS_URL"]) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        list(_bucket(environment, secret_key="wrong").objects.all())


def test_objects_have_no_back_door(stack: Stack) -> None:
    """The parts of the S3 server, which listen on ports of their own, give nothing away either."""
    _bucket(stack.environment()).put_object(Key="secret", Body=b"x" * 10_000)
    pid = stack.status().processes["s3"].pid
    ports = {c.laddr.port for c in psutil.Process(pid).net_connections("tcp") if c.status == psutil.CONN_LISTEN}
    assert len(ports) == 8
    for port in ports:
        with contextlib.suppress(httpx.TransportError):
            assert httpx.get(f"http://127.0.0.1:{port}/buckets/documents/secret").status_code >= 400


def test_everything_listens_on_loopback_alone(data_dir: Path, stack: Stack) -> None:
    listening = [
        connection.laddr.ip
        for process in leftovers.find(data_dir)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert set(listening) == {"127.0.0.1"}


def test_servers_listen_where_other_hosts_reach_them(tmp_path: Path) -> None:
    with started(settings(tmp_path, host="127.0.0.2")) as stack:
        environment = stack.environment()
        for name in ("OCR_DATABASE_URL", "OCR_REDIS_URL", "OCR_S3_ENDPOINT"):
            assert make_url(environment[name]).host == "127.0.0.2"
        _use_every_server(stack)
        listening = {
            (name, connection.laddr.ip)
            for name, process in stack.status().processes.items()
            for connection in psutil.Process(process.pid).net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }
        there = {("postgres", "127.0.0.2"), ("redis", "127.0.0.2"), ("s3", "127.0.0.2")}
        assert listening == {*there, ("s3", "127.0.0.1")}


def test_no_secret_on_a_command_line_in_a_log_or_in_the_supervisors_file(stack: Stack, data_dir: Path) -> None:
    environment = stack.environment()
    secrets = [
        str(make_url(environment["OCR_DATABASE_URL"]).password),
        str(make_url(environment["OCR_REDIS_URL"]).password),
        environment["OCR_S3_SECRET_KEY"],
        environment["OCR_JWT_SECRET"],
    ]
    shown = [" ".join(process.cmdline()) for process in leftovers.find(data_dir)]
    shown += [log.read_text(errors="replace") for log in (data_dir / "logs").iterdir()]
    shown += [(data_dir / "control" / "supervisord.conf").read_text(), stack.status().endpoints.model_dump_json()]  # type: ignore[union-attr]
    assert not [text for text in shown for secret in secrets if secret in text]


def test_files_with_secrets_are_the_owners_alone(stack: Stack, data_dir: Path) -> None:
    for name in (
        "credentials.env",
        "secrets.json",
        "control/stack.json",
        "control/closed-door.pem",
        "redis/redis.conf",
    ):
        assert (data_dir / name).stat().st_mode & 0o777 == 0o600


def test_a_shell_can_read_the_credentials(stack: Stack, data_dir: Path) -> None:
    script = 'set -a; . "$0"; exec "$1" -c "import os, json; print(json.dumps(dict(os.environ)))"'
    command = ["sh", "-c", script, str(data_dir / "credentials.env"), sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout).items() >= stack.environment().items()


def test_psql_needs_nothing_on_its_command_line(stack: Stack, data_dir: Path) -> None:
    # libpq reads the same variables as psql, which is not on every machine.
    program = "import psycopg2; c = psycopg2.connect(''); print(c.info.dbname); c.close()"
    script = 'set -a; . "$0"; exec "$1" -c "$2"'
    command = ["sh", "-c", script, str(data_dir / "credentials.env"), sys.executable, program]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "ocr_pipeline\n"


def test_psql_finds_a_database_elsewhere(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.prepare()
    url = "postgres://me:p%40ss@db:5433/documents"
    environment = plan.make(settings(tmp_path, database_url=url), folders).environment()
    assert {name: value for name, value in environment.items() if name.startswith("PG")} == {
        "PGHOST": "db", "PGPORT": "5433", "PGUSER": "me", "PGPASSWORD": "p@ss", "PGDATABASE": "documents"
    }  # fmt: skip


def test_a_shell_with_the_credentials_does_not_take_the_stack_for_someone_elses(
    stack: Stack, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(ports, "is_free", lambda *_: True)
    made = plan.make(Settings(api_port=0, dagster_port=0), Folders(data_dir))
    assert made.own == frozenset(Service)
    assert made.environment() == stack.environment()


def test_a_second_start_is_refused(stack: Stack, data_dir: Path) -> None:
    with pytest.raises(PipelineError, match="already running") as caught:
        Stack(settings(data_dir), applications()).up()
    assert caught.value.code is ErrorCode.STACK_ALREADY_RUNNING
    assert stack.status().running


@pytest.mark.parametrize("name", ["postgres", "redis", "s3"])
def test_a_killed_server_comes_back(stack: Stack, name: str) -> None:
    before = stack.status().processes[name].pid
    psutil.Process(before).kill()
    _wait_for(lambda: stack.status().running and stack.status().processes[name].pid != before)
    _wait_for(lambda: _every_server_works(stack), seconds=30)


def test_data_survives_and_two_stacks_live_side_by_side(stack: Stack, tmp_path: Path) -> None:
    mine = settings(tmp_path / "second")
    with started(mine) as second:
        _bucket(second.environment()).put_object(Key="k", Body=b"kept")
        _select(second.environment(), "create table t as select 42 as x")
        first = second.environment()
    with started(mine) as second, redis.Redis.from_url(second.environment()["OCR_REDIS_URL"]) as client:
        assert second.environment() == first
        assert _bucket(second.environment()).Object("k").get()["Body"].read() == b"kept"
        assert _select(second.environment(), "select x from t") == [(42,)]
        assert client.ping()
    assert stack.status().running


def test_a_port_in_use_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(
            PipelineError, match=f"Port {port}, wanted for Redis, is in use. .*OCR_REDIS_PORT"
        ) as caught:
            Stack(redis_only(tmp_path, redis_port=port), applications()).up()
    assert caught.value.code is ErrorCode.PORT_IN_USE
    assert leftovers.find(tmp_path) == []


def test_a_program_that_cannot_start_stops_the_stack(tmp_path: Path) -> None:
    (tmp_path / "poison").touch()
    with pytest.raises(PipelineError) as caught:
        Stack(redis_only(tmp_path), applications(lambda plan: [stayer(plan)])).up()
    assert caught.value.code is ErrorCode.SERVICE_FAILED
    assert "stayer did not stay up" in caught.value.message
    assert "the poison is here" in caught.value.message
    assert str(tmp_path / "logs" / "stayer.log") in caught.value.advice
    assert leftovers.find(tmp_path) == []


def test_a_program_that_fails_later_stops_the_stack_too(tmp_path: Path) -> None:
    with started(redis_only(tmp_path), stayer) as stack:
        (tmp_path / "poison").touch()
        with pytest.raises(PipelineError, match="the poison is here") as caught:
            stack.wait()
        assert caught.value.code is ErrorCode.SERVICE_FAILED
        assert leftovers.find(tmp_path) == []
        found = stack.status()
        assert not found.running
        assert found.failure is not None
        assert not stack.down()


def test_a_program_that_does_not_answer_stops_the_stack(tmp_path: Path) -> None:
    def mute(plan: Plan) -> Program:
        command = (sys.executable, "-c", "import time; time.sleep(60)")
        return Program(
            name="mute", title="", stage=2, command=command, directory=tmp_path, ready=lambda: False, ready_seconds=1.5
        )

    with pytest.raises(PipelineError, match="mute did not stay up: it gave no answer within"):
        Stack(redis_only(tmp_path), applications(lambda plan: [mute(plan)])).up()
    assert leftovers.find(tmp_path) == []


def _supervisor_and_guard(data_dir: Path) -> list[psutil.Process]:
    names = ("supervisor.supervisord", "ocr_pipeline.local.guard")
    return [process for process in leftovers.find(data_dir) if any(name in process.cmdline() for name in names)]


def test_a_killed_supervisor_takes_the_stack_along(tmp_path: Path) -> None:
    with started(redis_only(tmp_path), stayer) as stack:
        psutil.Process(int((tmp_path / "control" / "supervisord.pid").read_text())).kill()
        _wait_for(lambda: _anything_in(tmp_path) == [])
        assert "supervisor did not stay up: it was killed" in str(stack.status().failure)


def test_down_ends_what_a_killed_supervisor_left_behind(tmp_path: Path) -> None:
    with started(redis_only(tmp_path), stayer) as stack:
        guards = _supervisor_and_guard(tmp_path)
        assert len(guards) == 2
        for process in guards:
            process.suspend()
        for process in guards:
            process.kill()
        assert not stack.status().running
        with pytest.raises(PipelineError, match="left over") as caught:
            stack.up()
        assert caught.value.code is ErrorCode.STALE_STACK
        assert stack.down()
        assert _anything_in(tmp_path) == []
        stack.up()


def test_a_stale_pid_file_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "control").mkdir()
    (tmp_path / "control" / "supervisord.pid").write_text(str(os.getpid()))
    with started(redis_only(tmp_path)) as stack:
        assert stack.status().running


def test_services_elsewhere_are_not_started(tmp_path: Path) -> None:
    with started(redis_only(tmp_path)) as stack:
        assert set(stack.status().processes) == {"redis"}
        assert stack.environment()["OCR_DATABASE_URL"] == "postgresql+psycopg2://u:p@127.0.0.1:1/d"


def test_programs_see_the_stack_and_the_users_settings(tmp_path: Path) -> None:
    def printer(plan: Plan) -> Program:
        code = "import os, time; print(os.environ['OCR_BATCH_SIZE'], os.environ['OCR_REDIS_URL'][:9]); time.sleep(60)"
        return Program(name="printer", title="", stage=2, command=(sys.executable, "-c", code), directory=tmp_path)

    with started(redis_only(tmp_path, batch_size=7), printer):
        _wait_for(lambda: (tmp_path / "logs" / "printer.log").read_text() == "7 redis://:\n")


def test_status_before_the_first_start(tmp_path: Path) -> None:
    stack = Stack(redis_only(tmp_path), applications())
    assert not stack.status().running
    assert stack.status().endpoints is None
    assert not stack.down()
    with pytest.raises(PipelineError) as caught:
        stack.environment()
    assert caught.value.code is ErrorCode.STACK_NOT_RUNNING
