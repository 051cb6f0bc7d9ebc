"""Running a program without root's identity, which Postgres asks for.

Root may have put everything below a folder that no other user may enter (``mktemp -d`` makes such). Both ways here
get through: ``setpriv`` changes the user but leaves the one capability to pass folder permissions; ``unshare`` stays
the owner of root's files, inside a user namespace in which this identity has no name. The first works in a plain
Docker container, the second where capabilities are restricted.
"""

import os
import pwd
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_USER = "nobody"
# Not root; able to run a Postgres binary that looks for its own file; able to write.
_CHECK = 'test "$(id -u)" != 0 && "$0" --bindir && touch "$1" && rm "$1"'


class Way(NamedTuple):
    """`prefix` goes before a command; `owner` is the user and group its files must belong to."""

    prefix: tuple[str, ...]
    owner: tuple[int, int]


class NoWayError(Exception):
    """Neither way works on this machine; the text says what each of them answered."""


def find_way(folder: Path, pg_config: Path) -> Way | None:
    """How to run programs of Postgres that write below `folder`; None where this process is not root anyway.

    What is below `folder` is given to the user that the way needs. Raises NoWayError.
    """
    if os.geteuid() != 0:
        return None
    answers = []
    for way in _ways():
        _give(folder, way.owner)
        answer = _try((*way.prefix, "sh", "-c", _CHECK, str(pg_config), str(folder / ".writable")))
        if answer is None:
            return way
        answers.append(f"{way.prefix[0]}: {answer}")
    raise NoWayError("; ".join(answers))


def _ways() -> list[Way]:
    nobody = pwd.getpwnam(_USER)
    setpriv = (
        "setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups",
        # Without this, access(2), by which Postgres looks for its own binary, would ignore the capability.
        "--securebits=+no_setuid_fixup",
        "--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override",
    )  # fmt: skip
    return [Way(setpriv, (nobody.pw_uid, nobody.pw_gid)), Way(("unshare", "--user"), (0, 0))]


def _try(command: Sequence[str]) -> str | None:
    """None if the command succeeds, else what it said."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", timeout=30)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if done.returncode == 0 else done.stderr.strip() or f"exit status {done.returncode}"


def _give(folder: Path, owner: tuple[int, int]) -> None:
    if (folder.stat().st_uid, folder.stat().st_gid) == owner:
        return
    for parent, _, files in os.walk(folder):
        for name in files:
            os.chown(Path(parent) / name, *owner, follow_symlinks=False)
        if Path(parent) != folder:
            os.chown(parent, *owner)
    # Last, so that an interrupted walk is taken up again.
    os.chown(folder, *owner)
