"""Migrations beside a pipeline that goes on working.

A statement that changes a table waits for whoever uses it, and all who come after wait behind it. So none waits for
long: where a table is not free within a second the whole migration is taken back, and tried again after a pause.
"""

import time
from collections.abc import Callable

from psycopg2.errors import LockNotAvailable
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import OperationalError

from ocr_pipeline.errors import ErrorCode, PipelineError

LOCK_SECONDS = 1
"""How long others may have to wait behind a migration that does not get its table."""
_PAUSE_SECONDS = 2.0
PATIENCE_SECONDS = 300.0
_ONE_AT_A_TIME = 0x0C10
"""An advisory lock: several programs that start at once don't migrate at once."""


def migrate_patiently(
    connection: Connection, upgrade: Callable[[], object], patience_seconds: float = PATIENCE_SECONDS
) -> None:
    """Carries out `upgrade`, which uses `connection`, in one transaction.

    Raises PipelineError(MIGRATION_BLOCKED) where the tables were never free within `patience_seconds`.
    """
    end = time.monotonic() + patience_seconds
    while True:
        try:
            with connection.begin():
                connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
                connection.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
                upgrade()
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable):
                raise
            if time.monotonic() > end:
                raise PipelineError(ErrorCode.MIGRATION_BLOCKED, seconds=round(patience_seconds)) from error
            time.sleep(_PAUSE_SECONDS)
        else:
            return
