"""What S3's messages say."""

import json
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.storage.inbox_events import Announced, NotUnderstood, announced

# Whatever Postgres and S3 take as a key; one that ends in a slash is a folder.
KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=250).filter(
    lambda key: not key.endswith("/")
)
ETAGS = st.none() | st.from_regex(r"[0-9a-f]{32}(-[1-9][0-9]{0,3})?", fullmatch=True)
SIZES = st.none() | st.integers(0, 5 * 2**40)
FILES = st.builds(Announced, bucket=st.text(min_size=3, max_size=63), key=KEYS, etag=ETAGS, size=SIZES)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["Records", "s3", "object", "key", "Type"]), inner),
    max_leaves=20,
)


def message(*files: Announced, event: str = "ObjectCreated:Put") -> str:
    records = []
    for file in files:
        told: dict[str, Any] = {"key": quote_plus(file.key)}
        if file.etag is not None:
            told["eTag"] = file.etag
        if file.size is not None:
            told["size"] = file.size
        records.append({"eventName": event, "s3": {"bucket": {"name": file.bucket}, "object": told}})
    return json.dumps({"Records": records})


def by_sns(body: str) -> str:
    return json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:1:inbox", "Message": body})


@given(files=st.lists(FILES, max_size=4), forwarded=st.booleans())
def test_every_file_is_told_as_it_is(files: list[Announced], forwarded: bool) -> None:
    body = message(*files)

    assert announced(by_sns(body) if forwarded else body) == files


@given(body=st.text() | JSON.map(json.dumps))
def test_whatever_comes_it_is_understood_or_it_is_not(body: str) -> None:
    try:
        files = announced(body)
    except NotUnderstood:
        return
    assert all(isinstance(file, Announced) for file in files)


@given(file=FILES, cut=st.integers(1, 200))
def test_half_a_message_is_not_understood(file: Announced, cut: int) -> None:
    body = message(file)

    with pytest.raises(NotUnderstood):
        announced(body[: -min(cut, len(body) - 1)])


@pytest.mark.parametrize(
    ("event", "is_new"),
    [
        ("ObjectCreated:Put", True),
        ("ObjectCreated:CompleteMultipartUpload", True),
        ("s3:ObjectCreated:Copy", True),  # as Ceph and MinIO write it
        ("ObjectRemoved:Delete", False),
        ("ObjectRestore:Completed", False),
        ("ReducedRedundancyLostObject", False),
    ],
)
def test_only_what_came_to_be_is_new(event: str, is_new: bool) -> None:
    assert bool(announced(message(Announced("b", "inbox/a.pdf", "e", 1), event=event))) is is_new


def test_folders_and_tests_are_no_files() -> None:
    assert announced(message(Announced("b", "inbox/folder/", "e", 0))) == []
    assert announced('{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}') == []
    assert announced(by_sns('{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}')) == []


def test_an_etag_in_quotes_is_the_one_that_a_listing_shows() -> None:
    (file,) = announced(message(Announced("b", "inbox/a.pdf", '"abc"', 1)))
    assert file.etag == "abc"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "Expecting value"),
        ("[]", "the whole"),
        ('{"Records": [{"eventName": "ObjectCreated:Put"}]}', "Records.0.s3: Field required"),
        ('{"Type": "Notification", "Message": 7}', "Message"),
        (message(Announced("b", "inbox/\0.pdf", "e", 1)), "a zero"),
        (message(Announced("b", "x" * 1025, "e", 1)), "1024 bytes"),
        (message(Announced("b", "inbox/a.pdf", "e", -1)), "size"),
        (message(Announced("b", "inbox/a.pdf", "e", 2**63)), "size"),
        (message(Announced("b", "half", "e", 1)).replace("half", "\\ud800"), "key"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_what_is_wrong_with_a_message_is_said(body: str, why: str) -> None:
    with pytest.raises(NotUnderstood, match=why):
        announced(body)
