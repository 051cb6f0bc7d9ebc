"""Where in the data folder the stack keeps what."""

import hashlib
import importlib.resources
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ocr_pipeline.errors import ErrorCode, PipelineError

NEEDED_MB = 500
# The kernel's limit is 108 bytes (104 on macOS), and supervisor first binds a longer, temporary name.
_LONGEST_SOCKET_PATH = 85


@dataclass(frozen=True)
class Folders:
    """`root` is absolute; nothing outside it is written, but for a socket whose path would be too long there."""

    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def redis(self) -> Path:
        return self.root / "redis"

    @property
    def s3(self) -> Path:
        return self.root / "s3"

    @property
    def dagster_home(self) -> Path:
        return self.root / "dagster"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def control(self) -> Path:
        return self.root / "control"

    @property
    def secrets_file(self) -> Path:
        return self.root / "secrets.json"

    @property
    def credentials_file(self) -> Path:
        """What a shell reads to talk to the stack."""
        return self.root / "credentials.env"

    @property
    def record_file(self) -> Path:
        """What the last `up` decided: ports, addresses, environment."""
        return self.control / "stack.json"

    @property
    def failure_file(self) -> Path:
        """Why the stack stopped itself; there only if it did."""
        return self.control / "failure.json"

    @property
    def request_counts(self) -> Path:
        """Where the processes of the API count requests together, as Prometheus's client does."""
        return self.control / "request-counts"

    @property
    def lock_file(self) -> Path:
        return self.control / "up.lock"

    @property
    def socket_folder(self) -> Path:
        longest = self.control / "seaweedfs-filer.sock"
        if len(os.fsencode(longest)) <= _LONGEST_SOCKET_PATH:
            return self.control
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"ocr-pipeline-{os.geteuid()}-{digest}"

    @property
    def supervisor_socket(self) -> Path:
        return self.socket_folder / "supervisor.sock"

    def log_of(self, program: str) -> Path:
        return self.logs / f"{program}.log"

    def prepare(self) -> None:
        """Create what is missing, readable by the owner alone.

        Raises PipelineError(DATA_DIR_UNUSABLE, DISK_FULL).
        """
        _refuse_awkward_path(self.root)
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.root):
                pass
            for folder in (self.postgres, self.redis, self.s3, self.dagster_home, self.logs, self.control):
                folder.mkdir(mode=0o700, exist_ok=True)
                if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                    raise PermissionError(f"{folder.name}/ in it belongs to another user")
            self.socket_folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise unusable(self.root, error.strerror or str(error)) from error
        self._refuse_foreign_socket_folder()
        free = shutil.disk_usage(self.root).free // 1_000_000
        if free < NEEDED_MB:
            raise PipelineError(ErrorCode.DISK_FULL, data_dir=self.root, free=free, needed=NEEDED_MB)

    def _refuse_foreign_socket_folder(self) -> None:
        # Who owns the folder of the control socket could run programs in our name.
        found = self.socket_folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise unusable(self.root, f"{self.socket_folder}, where its sockets go, belongs to another user")


def unusable(root: Path, detail: str) -> PipelineError:
    return PipelineError(ErrorCode.DATA_DIR_UNUSABLE, data_dir=root, detail=detail)


def write_dagster_files(home: Path) -> None:
    """What Dagster reads in DAGSTER_HOME."""
    ours = importlib.resources.files("ocr_pipeline.local")
    for name in ("dagster.yaml", "workspace.yaml"):
        write_private(home / name, (ours / name).read_text(encoding="utf-8"))


def write_private(path: Path, text: str) -> None:
    """Write so that no other user can read it, and no reader sees a half-written file."""
    # Under a name of its own: workers that start together write the same files.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.", suffix=".new")
    new = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _refuse_awkward_path(root: Path) -> None:
    # Supervisor's configuration takes these for the start of a comment or of a new line, and has no way to escape them.
    if any(part in f" {root}" for part in (" ;", " #", "\n", "\r")):
        raise unusable(root, "its path holds a line break, or a space before ';' or '#'")
