"""Cores are shared out: by threads, by processes, and after a process has died."""

import logging
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ocr_pipeline import cores
from ocr_pipeline.cores import CoreSlots, core, core_count, time_quota
from ocr_pipeline.settings import get_settings

_WORKS = """
import os, sys, threading, time
from contextlib import suppress
from pathlib import Path
from ocr_pipeline.cores import core

held = Path(sys.argv[1])
done = open(f"{held}.done", "ab", buffering=0)

def work(number):
    for _ in range(int(sys.argv[2])):
        with core():
            mark = held / f"{sys.argv[3]}-{number}"
            mark.touch()
            os.write(1, b"%d\\n" % len(list(held.iterdir())))  # in one piece, whatever other threads print
            time.sleep(0.004)
            mark.unlink()
            done.write(b".")

threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
_HOLDS = """
import time
from ocr_pipeline.cores import core
print("asks", flush=True)
with core():
    print("held", flush=True)
    time.sleep(60)
"""
_FORKS = """
import os, time
from ocr_pipeline.cores import core
print("asks", flush=True)
with core():
    child = os.fork()
    if child == 0:
        time.sleep(60)
    print(child, flush=True)
    time.sleep(60)
"""
_LOADS = """
from ocr_pipeline.cores import limit_libraries
limit_libraries()
import cv2, torch
print(cv2.getNumThreads(), torch.get_num_threads())
"""


_asking: list[threading.Thread] = []
"""What `gets_core` began."""


@pytest.fixture(autouse=True)
def two_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Of this test alone, for this process and those it starts."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("OCR_THREADS", "2")
    monkeypatch.setattr(cores, "_shared", {})
    get_settings.cache_clear()
    yield
    while _asking:  # those that got no core in time got one since
        _asking.pop().join(10)
    for slots in cores._shared.values():
        slots.close()
    get_settings.cache_clear()


@contextmanager
def program(source: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", source, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def wait_until_held(process: subprocess.Popen[str]) -> str:
    """What it prints when it holds a core."""
    assert next_line(process) == "asks"
    return next_line(process)


def gets_core(seconds: float = 5.0) -> bool:
    """Whether a thread of this process gets a core within so long."""
    got = threading.Event()

    def get() -> None:
        with core():
            got.set()

    _asking.append(threading.Thread(target=get, daemon=True))
    _asking[-1].start()
    return got.wait(seconds)


def test_processes_and_their_threads_never_hold_more_cores_than_there_are(tmp_path: Path) -> None:
    held = tmp_path / "held"
    held.mkdir()
    with program(_WORKS, held, 15, "a") as a, program(_WORKS, held, 15, "b") as b, program(_WORKS, held, 15, "c") as c:
        printed = [int(count) for process in (a, b, c) for count in process.communicate(timeout=60)[0].split()]

    assert len(printed) == 3 * 3 * 15
    assert max(printed) == 2


@pytest.mark.parametrize("source", [_HOLDS, _FORKS])
def test_a_holder_that_is_killed_leaves_its_core_to_others(source: str) -> None:
    with program(source) as first, program(_HOLDS) as second:
        child = wait_until_held(first)
        wait_until_held(second)
        assert not gets_core(0.3)

        first.send_signal(signal.SIGKILL)

        assert gets_core()
    if child.isdigit():
        os.kill(int(child), signal.SIGKILL)


def test_a_thread_that_holds_a_core_needs_no_second_one() -> None:
    with core(), core(), core():
        assert gets_core()  # the other one
        with program(_HOLDS) as other:
            wait_until_held(other)
            assert not gets_core(0.3)
    assert gets_core()


def test_a_core_is_given_back_when_the_work_fails() -> None:
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), core():
            raise ZeroDivisionError
    assert gets_core()


def test_who_waits_is_not_overtaken_by_a_process_that_asks_again_and_again(tmp_path: Path) -> None:
    (tmp_path / "held").mkdir()
    done = tmp_path / "held.done"
    overtaken = []
    with program(_WORKS, tmp_path / "held", 10_000, "busy") as busy:
        threading.Thread(target=busy.communicate, daemon=True).start()  # reads what it prints, or it would stop
        while not done.exists() or done.stat().st_size < 20:
            time.sleep(0.01)
        for _ in range(15):
            before = done.stat().st_size
            with core():
                overtaken.append(done.stat().st_size - before)
            time.sleep(0.01)

    # Pieces are 4 ms long here. Who looks every 2 ms misses turns; it must not miss them for long.
    assert sorted(overtaken)[7] <= 100


def test_a_stopped_process_that_waits_holds_nobody_up() -> None:
    with program(_HOLDS) as first, program(_HOLDS) as second:
        wait_until_held(first)
        wait_until_held(second)
        with program(_HOLDS) as waiting:
            assert next_line(waiting) == "asks"
            time.sleep(0.3)  # then it has the turn
            waiting.send_signal(signal.SIGSTOP)
            first.kill()
            assert gets_core()


def test_where_the_folder_is_not_ours_alone_this_process_shares_with_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    with caplog.at_level(logging.WARNING):
        slots = CoreSlots(2, folder)

    assert {slots.acquire(), slots.acquire()} == {0, 1}
    slots.release(1)
    assert slots.acquire() == 1
    assert caplog.text.count("not shared with other processes") == 1
    assert list(folder.iterdir()) == []


def test_links_are_not_followed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    target = tmp_path / "target"
    target.mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "folder").mkdir(mode=0o700)
    (tmp_path / "folder" / "core-0").symlink_to(target / "made")

    for folder in ("link", "folder"):
        assert CoreSlots(1, tmp_path / folder).acquire() == 0

    assert caplog.text.count("not shared with other processes") == 2
    assert list(target.iterdir()) == []


def test_a_cleared_folder_is_made_anew_and_shared_again(tmp_path: Path) -> None:
    folder = tmp_path / "slots"
    slots = CoreSlots(1, folder)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()

    slots.acquire()
    other = CoreSlots(1, folder)
    got = threading.Event()

    def get() -> None:
        other.acquire()
        got.set()

    threading.Thread(target=get, daemon=True).start()

    assert not got.wait(0.2)
    slots.release(0)
    assert got.wait(5)
    slots.close()


def test_the_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "slots"
    CoreSlots(2, folder).close()

    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o077 for file in folder.iterdir()} == {0}


def test_the_setting_says_how_many_cores_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert core_count() == 2
    monkeypatch.setenv("OCR_THREADS", "0")
    get_settings.cache_clear()
    assert core_count() == cores.given_cores() <= (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("files", "cores_worth"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, math.inf),
        ({"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4.0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, math.inf),
        ({}, math.inf),
    ],
)
def test_a_container_s_share_of_time_counts(tmp_path: Path, files: dict[str, str], cores_worth: float) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="ascii")

    assert time_quota(tmp_path) == cores_worth


def test_libraries_compute_in_the_calling_thread() -> None:
    command = [sys.executable, "-c", _LOADS]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["1", "1"]
