import random
from concurrent.futures import ThreadPoolExecutor
from sqlalchemy import Engine
from ocr_pipeline.storage.ledger import Arrival, Ledger
from ocr_pipeline.storage.vendor_patterns import VendorPatternStore
from ocr_pipeline.validation.patterns.lesson import Lesson
from ocr_pipeline_tests.storage.test_duplicates import invoice, write, links
from uuid import uuid4

def test_stress(engine: Engine, ledger: Ledger) -> None:
    batches = [ledger.register_batch([Arrival(file="f", object_key=uuid4().hex, etag="e", size=1) for _ in range(6)])[1] for _ in range(12)]
    store = VendorPatternStore(engine)
    import threading
    locks = [threading.Lock() for _ in batches]
    def run(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(8):
            n = rng.randrange(len(batches)); ids = list(batches[n]); rng.shuffle(ids)
            with locks[n]:
                write(engine, {id_: invoice(f"N{rng.randrange(12)}") for id_ in ids})
                store.learn({id_: Lesson(keys=("name:a", "tax:bbbbbb")) for id_ in ids})
            store.load(["name:a"], without=ids)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(8)))
    found = links(engine, ledger)
    from sqlalchemy import text
    with engine.connect() as c:
        want = dict(c.execute(text("select f.document_id, min(m.id) from fingerprints f join (select fingerprint, min(document_id) id from fingerprints group by 1) m using (fingerprint) group by 1")).all())
        assert {k: (None if want[k]==k else want[k]) for k in found} == found
        assert all(state == "accepted" for _, state in c.execute(text("select count(distinct document_id), state from vendor_lessons join documents using (document_id) group by 2")).all())
