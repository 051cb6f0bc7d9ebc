"""Fills the database directly: copies of a batch that really ran, under other keys, ids, hashes and times.

So every row is as wide as a real one, in the pipeline's tables and in Dagster's, and nothing has to run for it.
"""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Connection, Engine, Table, text

from ocr_pipeline.storage import schema
from ocr_pipeline.storage.patterns_schema import vendor_lessons

SPAN = timedelta(days=90)
"""Over which a million documents came: as long as Dagster keeps partitions, unless a setting says otherwise."""
_BATCHES_AT_ONCE = 250

_SHA256 = "encode(sha256(convert_to(new.id, 'UTF8')), 'hex')"
_BY_DOCUMENT: Mapping[Table, Mapping[str, str]] = {
    schema.ledger: {
        "id": "new.id",
        "batch": "new.key",
        "file": "new.id || '.png'",
        "object_key": "'inbox/loaded/' || new.id || '.png'",
        "etag": "md5(new.id)",
        "sha256": _SHA256,
        "arrived_at": "new.closed_at - interval '5 s'",
        "finished_at": "new.closed_at + interval '5 s'",
    },
    schema.documents: {"document_id": "new.id", "validated_at": "new.closed_at"},
    schema.line_items: {"document_id": "new.id"},
    schema.quarantine: {"document_id": "new.id", "quarantined_at": "new.closed_at"},
    schema.fingerprints: {
        "document_id": "new.id",
        "fingerprint": "substring(old.fingerprint from '^.*:') "
        "|| encode(sha256(convert_to(old.fingerprint || new.id, 'UTF8')), 'hex')",
    },
    vendor_lessons: {"document_id": "new.id"},
}
_BY_BATCH: Mapping[Table, Mapping[str, str]] = {
    schema.batches: {
        "key": "new.key",
        "closed_at": "new.closed_at",
        "looked_at": "new.closed_at",
        "finished_at": "new.closed_at + interval '5 s'",
    },
    schema.batch_statistics: {"batch": "new.key", "finished_at": "new.closed_at + interval '5 s'"},
}
_RENAMED = "replace(replace({column}, old_batch.run_id, new.run_id), old_batch.key, new.key)"
_EVENT_ID = "new.first_event + old.{column} - old_batch.first_event"
_OF_RUN: Mapping[str, Mapping[str, str]] = {
    "runs": {
        "run_id": "new.run_id",
        "run_body": _RENAMED.format(column="old.run_body"),
        "partition": "new.key",
        "create_timestamp": "new.closed_at",
        "update_timestamp": "new.closed_at + interval '5 s'",
        "start_time": "extract(epoch from new.closed_at)",
        "end_time": "extract(epoch from new.closed_at) + 5",
    },
    "run_tags": {"run_id": "new.run_id", "value": "replace(old.value, old_batch.key, new.key)"},
    "event_logs": {
        "id": _EVENT_ID.format(column="id"),
        "run_id": "new.run_id",
        "event": _RENAMED.format(column="old.event"),
        "timestamp": "new.closed_at",
        "partition": "replace(old.partition, old_batch.key, new.key)",
    },
    "asset_check_executions": {
        "run_id": "new.run_id",
        "partition": "replace(old.partition, old_batch.key, new.key)",
        "evaluation_event": _RENAMED.format(column="old.evaluation_event"),
        "evaluation_event_timestamp": "new.closed_at",
        "evaluation_event_storage_id": _EVENT_ID.format(column="evaluation_event_storage_id"),
        "materialization_event_storage_id": _EVENT_ID.format(column="materialization_event_storage_id"),
        "create_timestamp": "new.closed_at",
    },
}


def load(engine: Engine, template: str, first: int, last: int, total: int) -> None:
    """Copies the finished batch `template` to batches number `first` to `last`, of `total` in all."""
    for start in range(first, last + 1, _BATCHES_AT_ONCE):
        with engine.begin() as connection:
            # No triggers: the rows refer to one another as those that they are copied from do.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            connection.execute(text("SET LOCAL search_path = public, dagster"))
            # Nobody else takes numbers of events meanwhile.
            connection.execute(text("LOCK TABLE event_logs IN SHARE ROW EXCLUSIVE MODE"))
            _plan(connection, template, start, min(start + _BATCHES_AT_ONCE - 1, last), total)
            _copy_all(connection)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM (ANALYZE)"))


def _plan(connection: Connection, template: str, first: int, last: int, total: int) -> None:
    """Tables of what is copied, and of what it is to be called."""
    connection.execute(
        text(
            """
            CREATE TEMP TABLE old_batch ON COMMIT DROP AS
            SELECT tag.value AS key, tag.run_id, min(event.id) AS first_event, max(event.id) AS last_event
            FROM run_tags tag JOIN event_logs event ON event.run_id = tag.run_id
            WHERE tag.key = 'dagster/partition' AND tag.value = :template
            GROUP BY tag.value, tag.run_id LIMIT 1
            """
        ),
        {"template": template},
    )
    connection.execute(
        text(
            """
            CREATE TEMP TABLE new_batch ON COMMIT DROP AS
            SELECT n, closed_at, gen_random_uuid()::text AS run_id,
                to_char(closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24-MI-SS"Z_"') || lpad(to_hex(n), 6, '0') AS key,
                nextval('event_logs_id_seq') + (last_event - first_event + 1) * (n - :first) AS first_event
            FROM (SELECT n, now() - make_interval(secs => :seconds * (1 - n / (:total + 1.0))) AS closed_at
                FROM generate_series(:first, :last) n) at_times, old_batch
            """
        ),
        {"first": first, "last": last, "total": total, "seconds": SPAN.total_seconds()},
    )
    taken = "max(new.first_event + last_event - old_batch.first_event + 1)"
    connection.execute(text(f"SELECT setval('event_logs_id_seq', {taken}) FROM new_batch new, old_batch"))  # noqa: S608
    # Ids as uuid7 makes them: 48 bits of the time in milliseconds first.
    connection.execute(
        text(
            """
            CREATE TEMP TABLE new_document ON COMMIT DROP AS
            SELECT batch.key, batch.closed_at, old.id AS old_id,
                left(time, 8) || '-' || right(time, 4) || '-7' || lpad(to_hex(k), 3, '0')
                || '-8' || left(tail, 3) || '-' || right(tail, 12) AS id
            FROM new_batch batch
            CROSS JOIN (SELECT ledger.id, row_number() OVER (ORDER BY ledger.id) AS k
                FROM ledger JOIN old_batch ON ledger.batch = old_batch.key) old
            CROSS JOIN LATERAL (SELECT lpad(to_hex((extract(epoch from batch.closed_at) * 1000)::bigint), 12, '0')
                AS time, md5(batch.n || ':' || k) AS tail) parts
            """
        )
    )
    for table in ("old_batch", "new_batch", "new_document"):
        connection.execute(text(f"ANALYZE {table}"))


def _copy_all(connection: Connection) -> None:
    for table, changes in _BY_BATCH.items():
        key = next(iter(changes))
        source = f"{table.name} old JOIN old_batch ON old.{key} = old_batch.key CROSS JOIN new_batch new"
        _copy(connection, table.name, [column.name for column in table.columns], changes, source)
    for table, changes in _BY_DOCUMENT.items():
        source = f"{table.name} old JOIN new_document new ON old.{next(iter(changes))} = new.old_id"
        _copy(connection, table.name, [column.name for column in table.columns], changes, source)
    for name, changes in _OF_RUN.items():
        source = f"{name} old JOIN old_batch ON old.run_id = old_batch.run_id CROSS JOIN new_batch new"
        _copy(connection, name, _columns(connection, name, changes), changes, source)
    tags = {"event_id": _EVENT_ID.format(column="event_id"), "event_timestamp": "new.closed_at"}
    tags["value"] = _RENAMED.format(column="old.value")
    source = (
        "asset_event_tags old JOIN old_batch "
        "ON old.event_id BETWEEN old_batch.first_event AND old_batch.last_event CROSS JOIN new_batch new"
    )
    columns = _columns(connection, "asset_event_tags", tags)
    _copy(connection, "asset_event_tags", columns, tags, source)
    add = "INSERT INTO dynamic_partitions (partitions_def_name, partition) SELECT 'batches', key FROM new_batch"
    connection.execute(text(add))


def _copy(connection: Connection, table: str, columns: list[str], changes: Mapping[str, str], source: str) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(changes.get(column, f'old."{column}"') for column in columns)
    # Of names and expressions that stand in this module.
    insert = f"INSERT INTO {table} ({names}) SELECT {values} FROM {source}"  # noqa: S608
    connection.execute(text(insert))


def _columns(connection: Connection, table: str, changes: Mapping[str, str]) -> list[str]:
    """Those of one of Dagster's tables, without an id that the table gives by itself."""
    asked = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'dagster' AND table_name = :table"
    found = connection.scalars(text(asked), {"table": table})
    return [column for column in found if column != "id" or column in changes]
