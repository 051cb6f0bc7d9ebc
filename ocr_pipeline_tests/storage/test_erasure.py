"""What is erased is gone from tables and bucket, and what others share with it stays theirs."""

import json

import pytest
from sqlalchemy import Engine, select

from ocr_pipeline.documents.model import DocumentText
from ocr_pipeline.documents.options import NO_OPTIONS, Options
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.erasure import erase, erase_objects, half_erased, sweep
from ocr_pipeline.storage.ledger import Ledger, moment
from ocr_pipeline.storage.ledger_rows import Arrival, LedgerDocument, Sender
from ocr_pipeline.storage.objects import ObjectStore
from ocr_pipeline.storage.originals import Originals
from ocr_pipeline.storage.stage_outputs import StageOutput, StageOutputs
from ocr_pipeline.storage.tables import load_verdict, write_batch
from ocr_pipeline.storage.vendor_patterns import VendorPatternStore
from ocr_pipeline.validation.patterns.lesson import Lesson
from ocr_pipeline_tests.storage.made import verdict
from ocr_pipeline_tests.storage.test_tables import tables

NOTHING = StageOutput[DocumentText](result=DocumentText(pages=()), seconds={})
SECRET = "Geheimnis"


class House:
    """Finished documents with all that is kept of such."""

    def __init__(self, engine: Engine, ledger: Ledger, store: ObjectStore) -> None:
        self.engine = engine
        self.ledger = ledger
        self.store = store
        self._count = 0

    def document(self, sha256: str, tenant: str = "acme", options: Options = NO_OPTIONS) -> LedgerDocument:
        self._count += 1
        name = f"{SECRET}-{self._count}.pdf"
        key = f"uploads/{self._count}/{name}"
        self.store.put(key, name.encode())
        stored = next(self.store.list(key))
        arrival = Arrival(name, key, stored.etag, stored.size)
        sender = Sender(tenant, SECRET, SECRET, options, f"https://example.com/{SECRET}")
        batch, (id_,) = self.ledger.register_batch([arrival], sender)
        self.ledger.note_intake(id_, sha256, None, pages=1)
        write_batch(self.engine, batch, tables({id_: verdict()}), moment())
        document = self.now(id_)
        Originals(self.store).save(sha256, SECRET.encode(), "application/pdf")
        for stage, version in (("raw_images", "v1"), ("ocr_text", "v1"), ("ocr_text", "v2")):
            outputs = StageOutputs(self.store, stage, version, DocumentText)
            outputs.save_file(document.content or "", "page-1.png", b"", "image/png")
            outputs.save(document.content or "", NOTHING)
        lesson = Lesson(keys=(f"name:{SECRET}",), vendor_name=SECRET)
        VendorPatternStore(self.engine, tenant).learn({id_: lesson})
        return document

    def erase(self, document: LedgerDocument) -> list[str]:
        return erase(self.engine, self.store, document)

    def now(self, id_: str) -> LedgerDocument:
        document = self.ledger.document(id_)
        assert document is not None
        return document

    def kept(self, part: str) -> list[str]:
        """Keys in the bucket that hold `part`."""
        return [found.key for found in self.store.list("") if part in found.key]

    def rows(self, table: str, column: str = "document_id") -> list[str]:
        found = schema.metadata.tables[table].c[column]
        with self.engine.connect() as connection:
            return sorted(connection.scalars(select(found)))


@pytest.fixture
def house(engine: Engine, ledger: Ledger, store: ObjectStore) -> House:
    store.delete([found.key for found in store.list("")])
    return House(engine, ledger, store)


def test_of_a_document_nothing_stays_but_that_it_was_there(house: House) -> None:
    document = house.document("aa")

    assert house.erase(document) == []

    assert house.kept("") == []
    for table in ("documents", "line_items", "quarantine", "fingerprints", "vendor_lessons"):
        assert house.rows(table) == []
    with house.engine.connect() as connection:
        row = connection.execute(select(schema.ledger)).mappings().one()
    assert SECRET not in json.dumps(dict(row), default=str)
    left = house.now(document.id)
    assert left.erased_at is not None
    assert (left.id, left.tenant, left.batch, left.state) == (document.id, "acme", document.batch, "accepted")
    assert (left.file, left.object_key, left.sha256) == ("", f"erased/{document.id}", None)
    assert house.ledger.batch_documents(document.batch or "") == []


def test_erasing_again_is_no_harm(house: House) -> None:
    document = house.document("aa")
    house.erase(document)
    once = house.now(document.id)
    other = house.document("aa")
    kept = house.kept("")

    house.erase(document)
    house.erase(once)

    assert house.now(document.id) == once
    assert house.kept("") == kept
    assert load_verdict(house.engine, other.id) is not None


def test_what_is_not_finished_is_not_erased(house: House) -> None:
    _, (id_,) = house.ledger.register_batch([Arrival("a", "a", "e", 1)])

    with pytest.raises(PipelineError) as refused:
        house.erase(house.now(id_))

    assert refused.value.code is ErrorCode.NOT_FINISHED
    assert house.now(id_).erased_at is None


@pytest.mark.parametrize("tenant", ["acme", "others"])
def test_what_another_document_has_too_stays(house: House, tenant: str) -> None:
    first, second = house.document("aa"), house.document("aa", tenant)

    house.erase(first)

    assert house.kept(first.object_key) == []
    assert len(house.kept("originals/aa")) == 1
    assert len(house.kept("/aa/")) == 6
    house.erase(second)
    assert house.kept("") == []


def test_outputs_under_other_options_go_with_the_last_document_of_these_bytes(house: House) -> None:
    plain, german = house.document("aa"), house.document("aa", options=Options(language="de"))

    house.erase(german)

    assert house.kept(german.content or "") == []
    assert len(house.kept("/aa/")) == 6
    assert len(house.kept("originals/aa")) == 1
    house.erase(plain)
    assert house.kept("") == []


def test_a_hash_that_begins_alike_is_another(house: House) -> None:
    shorter, longer = house.document("aa"), house.document("bb")

    house.erase(shorter)

    assert len(house.kept("/bb/")) == 6
    assert load_verdict(house.engine, longer.id) is not None


def test_the_duplicates_of_an_erased_document_are_each_others(house: House) -> None:
    first, second, third = (house.document("aa") for _ in range(3))
    assert house.rows("fingerprints") == [first.id, second.id, third.id]

    assert sorted(house.erase(first)) == [second.id, third.id]

    found = [load_verdict(house.engine, one.id) for one in (second, third)]
    assert [one.duplicate_of for one in found if one] == [None, second.id]
    assert [house.now(one.id).state for one in (second, third)] == ["accepted", "needs_review"]


def test_a_new_file_under_the_same_name_stays(house: House) -> None:
    document = house.document("aa")
    house.store.put(document.object_key, b"another")

    house.erase(document)

    assert house.kept("") == [document.object_key]


def test_an_erasure_that_broke_off_leaves_nothing_to_read_and_is_ended_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = house.document("aa")

    def breaks_off(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(ObjectStore, "delete", breaks_off)
        with pytest.raises(ConnectionError):
            house.erase(document)

    assert load_verdict(house.engine, document.id) is None
    assert house.ledger.batch_documents(document.batch or "") == []
    assert half_erased(house.engine) == [document.id]
    erase_objects(house.engine, house.store, document.id)
    assert house.kept("") == []
    assert half_erased(house.engine) == []


def test_what_a_run_wrote_meanwhile_goes_too(house: House) -> None:
    document = house.document("aa")
    house.erase(document)
    StageOutputs(house.store, "ocr_text", "v1", DocumentText).save("aa", NOTHING)

    sweep(house.engine, house.store, document)

    assert house.kept("") == []


def test_a_run_writes_nothing_of_what_was_erased(house: House) -> None:
    document = house.document("aa")
    house.erase(document)
    before = house.now(document.id)

    settled = write_batch(house.engine, document.batch or "", tables({document.id: verdict()}), moment())
    house.ledger.note_intake(document.id, "aa", None, pages=1)

    assert settled.unwanted == {document.id}
    assert house.now(document.id) == before
    assert house.rows("documents") == house.rows("fingerprints") == []
