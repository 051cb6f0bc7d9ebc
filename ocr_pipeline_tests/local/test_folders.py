import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.local.folders import Folders, write_private


def test_a_full_disk_is_said_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 12_000_000, 12_000_000))
    with pytest.raises(PipelineError, match="12 MB free; the stack needs 500 MB") as caught:
        Folders(tmp_path / "data").prepare()
    assert caught.value.code is ErrorCode.DISK_FULL


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(PipelineError) as caught:
        Folders(tmp_path / "data").prepare()
    assert caught.value.code is ErrorCode.DATA_DIR_UNUSABLE


def test_a_path_that_supervisor_would_misread_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="'#'"):
        Folders(tmp_path / "my #1 folder").prepare()


def test_the_parents_are_left_as_they_are(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    Folders(tmp_path / "a" / "data").prepare()
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_private_files_are_private_from_their_first_byte(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_private(tmp_path / "secret", "s")
    finally:
        os.umask(before)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_those_who_write_a_private_file_at_once_do_not_meet(tmp_path: Path) -> None:
    texts = [str(number) * 1000 for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        written = [threads.submit(write_private, tmp_path / "dagster.yaml", text) for text in texts * 50]
    assert [one.exception() for one in written] == [None] * 400
    assert (tmp_path / "dagster.yaml").read_text() in texts
    assert [file.name for file in tmp_path.iterdir()] == ["dagster.yaml"]


def test_sockets_find_a_short_place(tmp_path: Path) -> None:
    deep = Folders(tmp_path / ("x" * 120))
    deep.prepare()
    assert len(os.fsencode(deep.supervisor_socket)) < 100
    assert deep.socket_folder.stat().st_mode & 0o777 == 0o700
    deep.socket_folder.rmdir()
