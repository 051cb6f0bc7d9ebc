"""Locks that the processes of one user share; the kernel frees what a process held when it dies."""

import fcntl
import os
import stat
from collections.abc import Iterable
from pathlib import Path


class LockFiles:
    """A file for each of `names` in `folder`, which is made where it is missing; one process at a time locks it.

    A lock is no obstacle to the process that holds it: its threads must agree among themselves.
    Raises OSError where the folder cannot be used, or other users could reach into it.
    """

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self._files: dict[str, int] = {}
        opened = _open_private(folder)
        try:
            for name in names:
                flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
                self._files[name] = os.open(name, flags, 0o600, dir_fd=opened)
        except OSError:
            self.close()
            raise
        finally:
            os.close(opened)

    def try_lock(self, name: str) -> bool:
        """Whether this process holds the lock now; does not wait."""
        try:
            fcntl.flock(self._files[name], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(self, name: str) -> None:
        fcntl.flock(self._files[name], fcntl.LOCK_UN)

    def is_deleted(self, name: str) -> bool:
        """Whether somebody cleared the folder: then whoever comes new locks other files than these."""
        return os.fstat(self._files[name]).st_nlink == 0

    def close(self) -> None:
        for file in self._files.values():
            os.close(file)
        self._files.clear()


def _open_private(folder: Path) -> int:
    """Raises OSError for a link, and for a folder that belongs to others or that they may enter."""
    folder.mkdir(mode=0o700, exist_ok=True)
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    found = os.fstat(opened)
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        os.close(opened)
        raise PermissionError("other users can reach into it")
    return opened
