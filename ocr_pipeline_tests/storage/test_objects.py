import hashlib
from datetime import timedelta
from io import BytesIO

import pytest
from botocore.exceptions import ClientError
from pydantic import SecretStr

from ocr_pipeline.storage.objects import ObjectStore, open_store
from ocr_pipeline_tests.conftest import Services


def test_what_is_put_comes_back(store: ObjectStore) -> None:
    store.put("objects/Grüße 100%.bin", b"\x00\xff")
    assert store.get("objects/Grüße 100%.bin") == b"\x00\xff"
    assert store.get("objects/none") is None


def test_an_upload_tells_what_a_listing_tells(store: ObjectStore) -> None:
    data = b"%PDF-" + bytes(20_000)
    uploaded = store.upload("told/a.pdf", BytesIO(data))
    (listed,) = store.list("told/")
    assert uploaded[:3] == listed[:3]
    assert abs(uploaded.modified - listed.modified) < timedelta(minutes=1)
    assert (uploaded.key, uploaded.size) == ("told/a.pdf", len(data))
    assert uploaded.etag == hashlib.md5(data).hexdigest()
    assert store.get("told/a.pdf") == data


def test_new_content_has_another_etag(store: ObjectStore) -> None:
    etags = [store.upload("etags/a.pdf", BytesIO(data)).etag for data in (b"1", b"2", b"1")]
    assert etags[0] == etags[2] != etags[1]


def test_a_listing_is_in_order_and_without_folders(store: ObjectStore) -> None:
    for key in ("inbox-2/b.png", "inbox-2/folder/", "inbox-2/folder/a.png", "inbox-2/a.png", "inbox-20/c.png"):
        store.put(key, b"")
    assert [found.key for found in store.list("inbox-2/")] == ["inbox-2/a.png", "inbox-2/b.png", "inbox-2/folder/a.png"]
    assert list(store.list("nothing/")) == []


def test_a_bucket_that_cannot_be_reached_is_told_from_a_missing_file(services: Services, store: ObjectStore) -> None:
    assert store.is_reachable()
    stranger = open_store(services.settings.model_copy(update={"s3_secret_key": SecretStr("wrong")}))
    assert not stranger.is_reachable()
    with pytest.raises(ClientError):
        stranger.get("objects/none")
    assert not open_store(services.settings.model_copy(update={"s3_bucket": "no-such-bucket"})).is_reachable()


def test_pages_go_on_where_the_one_before_ended(store: ObjectStore) -> None:
    keys = [f"pages/{folder}/{number}.png" for folder in "ab" for number in range(4)]
    for key in [*keys, "pages/c/"]:
        store.put(key, b"")
    first = store.page("pages/", most=5)
    assert [found.key for found in first.files] == keys[:5]
    assert first.following is not None
    last = store.page("pages/", first.following, most=5)
    assert ([found.key for found in last.files], last.following) == (keys[5:], None)
    assert store.page("pages/") == (first.files + last.files, None)
    assert store.page("nothing/") == ([], None)
