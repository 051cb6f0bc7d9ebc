"""Documents that say the same: each is linked to the earliest of them, whatever the order in which they are read.

Two documents say the same where they share a fingerprint: of vendor, number, date and total, or of their bytes. The
smallest id is the earliest, as ids begin with the time. Who writes documents holds their fingerprints first, so that
of two batches written at the same time the second sees the first.
"""

import hashlib
import zlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, text, update

from ocr_pipeline.documents.model import ReviewReason, State, Verdict
from ocr_pipeline.kinds.values import amount_of, date_of
from ocr_pipeline.storage.ledger import lock
from ocr_pipeline.storage.patterns_schema import vendor_lessons
from ocr_pipeline.storage.schema import documents, fingerprints, ledger, quarantine

_BUCKETS = 64
"""Postgres has room for some thousand locks at a time: a batch holds one for each bucket its fingerprints fall into."""
_INT = 2**31
"""A lock's number is below."""
_BATCH, _FINGERPRINTS = 0x0C0C, 0x0C0D
"""Sets these locks apart from each other, and from others on the database."""
_CODE = "duplicate"


def fingerprints_of(verdict: Verdict, sha256: str | None, tenant: str) -> frozenset[str]:
    """None of these is longer than a tenant's name and a hash. What two tenants sent is never the same."""
    found = {f"{tenant}:bytes:{sha256}"} if sha256 else set()
    fields = verdict.record.fields
    vendor, number = (_bare(fields[name].value) if name in fields else "" for name in ("vendor_name", "invoice_number"))
    day, total = date_of(fields.get("document_date")), amount_of(fields.get("total"))
    if vendor and number and day is not None and total is not None:
        said = "|".join((vendor, number, day.isoformat(), str(total.normalize())))
        found.add(f"{tenant}:says:{hashlib.sha256(said.encode()).hexdigest()}")
    return frozenset(found)


def _bare(value: str) -> str:
    return "".join(filter(str.isalnum, value.upper()))


class Group:
    """The documents of a batch and those that say the same, before the batch is written or after it.

    Made before anything else is locked in a transaction, it holds batch and fingerprints until the end of that.
    """

    def __init__(
        self, connection: Connection, batch: str, ids: Collection[str], verdicts: Mapping[str, Verdict]
    ) -> None:
        """`ids` are the batch's documents, of which those with a verdict are in `verdicts`."""
        # Another run of the batch may be about to change the fingerprints that are looked up below.
        _hold(connection, _BATCH, [zlib.crc32(batch.encode()) % _INT])
        self._connection = connection
        self._ids = ids
        rows = connection.execute(select(ledger.c.id, ledger.c.sha256, ledger.c.tenant).where(ledger.c.id.in_(ids)))
        self._prints = {
            id_: fingerprints_of(verdicts[id_], sha256, tenant) for id_, sha256, tenant in rows if id_ in verdicts
        }
        old = connection.scalars(select(fingerprints.c.fingerprint).where(fingerprints.c.document_id.in_(ids)))
        self._affected = set(old).union(*self._prints.values())
        _hold(connection, _FINGERPRINTS, (zlib.crc32(each.encode()) % _BUCKETS for each in self._affected))
        self._led = self._led_by_the_batch()

    def leave_out(self, ids: Collection[str]) -> None:
        """These documents of the batch get no verdict after all."""
        self._prints = {id_: prints for id_, prints in self._prints.items() if id_ not in ids}

    def settle(self) -> dict[str, Verdict]:
        """Links the documents once the batch's rows are written, and enters its fingerprints.

        Returns the verdicts, as they stand now, of those of the batch that are duplicates and of all documents of other
        batches whose earliest is or was in this one.
        """
        rows = [{"document_id": id_, "fingerprint": each} for id_, prints in self._prints.items() for each in prints]
        self._connection.execute(delete(fingerprints).where(fingerprints.c.document_id.in_(self._ids)))
        if rows:
            self._connection.execute(insert(fingerprints), rows)
        first = self._firsts({*self._prints, *self._led, *self._led_by_the_batch()})
        links = {id_: None if earliest == id_ else earliest for id_, earliest in first.items()}
        concerned = [id_ for id_, earliest in links.items() if earliest or id_ not in self._ids]
        # In the order in which others lock them, such as a batch that teaches, so that no two wait for each other.
        if others := [id_ for id_ in concerned if id_ not in self._ids]:
            lock(self._connection, others)
        settled = {}
        for table in (documents, quarantine):
            for id_, verdict in _verdicts(self._connection, table, concerned).items():
                settled[id_] = linked(verdict, links[id_])
                if settled[id_] != verdict:
                    _rewrite(self._connection, table, id_, settled[id_])
        return settled

    def _led_by_the_batch(self) -> set[str]:
        """Documents that share a fingerprint of which the earliest is in the batch."""
        led = (
            select(fingerprints.c.fingerprint)
            .where(fingerprints.c.fingerprint.in_(self._affected))
            .group_by(fingerprints.c.fingerprint)
            .having(func.min(fingerprints.c.document_id).in_(self._ids))
        )
        return set(
            self._connection.scalars(select(fingerprints.c.document_id).where(fingerprints.c.fingerprint.in_(led)))
        )

    def _firsts(self, ids: Collection[str]) -> dict[str, str]:
        """The earliest document that shares a fingerprint, by id."""
        mine = select(fingerprints.c.fingerprint).where(fingerprints.c.document_id.in_(ids))
        first = (
            select(fingerprints.c.fingerprint, func.min(fingerprints.c.document_id).label("id"))
            .where(fingerprints.c.fingerprint.in_(mine))
            .group_by(fingerprints.c.fingerprint)
            .subquery()
        )
        earliest = (
            select(fingerprints.c.document_id, func.min(first.c.id))
            .join(first, first.c.fingerprint == fingerprints.c.fingerprint)
            .where(fingerprints.c.document_id.in_(ids))
            .group_by(fingerprints.c.document_id)
        )
        return {row[0]: row[1] for row in self._connection.execute(earliest)}


def linked(verdict: Verdict, duplicate_of: str | None) -> Verdict:
    """The verdict on a document that says the same as that one, or as none before it."""
    reasons = tuple(reason for reason in verdict.reasons if reason.code != _CODE)
    if duplicate_of is not None:
        message = f"It says the same as the document {duplicate_of}, which came before."
        reasons += (ReviewReason(code=_CODE, message=message),)
    state = State.NEEDS_REVIEW if reasons else State.ACCEPTED
    return verdict.model_copy(update={"state": state, "reasons": reasons, "duplicate_of": duplicate_of})


def _hold(connection: Connection, locks: int, numbers: Iterable[int]) -> None:
    """In one order for all, so that no two batches wait for each other."""
    take = text("SELECT pg_advisory_xact_lock(:locks, number) FROM unnest(CAST(:numbers AS int[])) AS number")
    connection.execute(take, {"locks": locks, "numbers": sorted(set(numbers))})


def _verdicts(connection: Connection, table: Table, ids: Collection[str]) -> dict[str, Verdict]:
    if not ids:
        return {}
    rows = connection.execute(select(table.c.document_id, table.c.verdict).where(table.c.document_id.in_(ids)))
    return {id_: Verdict.model_validate(verdict) for id_, verdict in rows}


def _rewrite(connection: Connection, table: Table, document_id: str, verdict: Verdict) -> None:
    stored = verdict.model_dump(mode="json")
    values: dict[str, Any] = {"verdict": stored}
    connection.execute(update(ledger).where(ledger.c.id == document_id).values(state=verdict.state))
    if table is documents:
        values |= {"state": verdict.state, "duplicate_of": verdict.duplicate_of}
        connection.execute(delete(vendor_lessons).where(vendor_lessons.c.document_id == document_id))
    else:
        values |= {"reasons": stored["reasons"]}
    connection.execute(update(table).where(table.c.document_id == document_id).values(values))
