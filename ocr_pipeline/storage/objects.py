"""Files in S3."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from io import SEEK_END
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.connections import S3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectsV2OutputTypeDef

_KEYS_AT_ONCE = 1000
"""S3 deletes and lists no more in one call."""


class StoredObject(NamedTuple):
    key: str
    etag: str
    size: int
    """Bytes."""
    modified: datetime


class Page(NamedTuple):
    """One page of a listing."""

    files: list[StoredObject]
    following: str | None
    """Where the next page begins; None on the last."""


class ObjectStore:
    """One bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self.bucket = bucket

    def get(self, key: str, etag: str | None = None) -> bytes | None:
        """The object's bytes, or None where there is no such object, or none with this `etag` any more."""
        try:
            condition = {"IfMatch": f'"{etag}"'} if etag else {}
            return self._client.get_object(Bucket=self.bucket, Key=key, **condition)["Body"].read()  # type: ignore[arg-type]
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "404", "PreconditionFailed", "412"}:
                return None
            raise

    def put(self, key: str, data: bytes, media_type: str = "application/octet-stream") -> None:
        self._client.put_object(Bucket=self.bucket, Key=key, Body=data, ContentType=media_type)

    def is_new(self, _key: str) -> bool:
        """Whether the object is known to have been put through this very store."""
        return False

    def settle(self) -> None:
        """Waits until all that has been put is written."""

    def upload(self, key: str, file: BinaryIO) -> StoredObject:
        """Streams `file`, from where it stands, into the bucket in one request, which takes up to 5 GB."""
        start = file.tell()
        size = file.seek(0, SEEK_END) - start
        file.seek(start)
        answer = self._client.put_object(Bucket=self.bucket, Key=key, Body=file)
        return StoredObject(key, answer["ETag"].strip('"'), size, datetime.now(UTC))

    def find(self, key: str) -> StoredObject | None:
        """None where there is no such object."""
        try:
            head = self._client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                return None
            raise
        return StoredObject(key, head["ETag"].strip('"'), head["ContentLength"], head["LastModified"])

    def copy(self, source: StoredObject, to: str) -> StoredObject | None:
        """Copies an object within the bucket; None where it is gone, or replaced, since it was found."""
        origin = {"Bucket": self.bucket, "Key": source.key}
        try:
            self._client.copy_object(
                Bucket=self.bucket,
                Key=to,
                CopySource=origin,  # type: ignore[arg-type]  # a TypedDict with a third, optional member
                CopySourceIfMatch=f'"{source.etag}"',
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "404", "PreconditionFailed", "412"}:
                return None
            raise
        return self.find(to)

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Everything below `prefix`, in the order of the keys. Keys that end in a slash are folders, not files."""
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
            yield from _files(page)

    def page(self, prefix: str, begin: str | None = None, most: int = _KEYS_AT_ONCE) -> Page:
        """Some of what `list` gives, by one request: of at most `most` keys, no more than 1,000.

        `begin` is where the page before said that this one begins, however long ago. Raises LookupError where the
        store does not know that place (any more).
        """
        place = {} if begin is None else {"ContinuationToken": begin}
        try:
            answer = self._client.list_objects_v2(Bucket=self.bucket, Prefix=prefix, MaxKeys=most, **place)  # type: ignore[arg-type]  # a TypedDict with other members
        except ClientError as error:
            if begin is not None and error.response["Error"]["Code"] == "InvalidArgument":
                raise LookupError(begin) from error
            raise
        return Page(list(_files(answer)), answer.get("NextContinuationToken") if answer["IsTruncated"] else None)

    def folders(self, prefix: str) -> Iterator[str]:
        """The folders right below `prefix`, which is one too; each ends in a slash."""
        for page in self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix, Delimiter="/"
        ):
            for entry in page.get("CommonPrefixes", []):
                yield entry["Prefix"]

    def delete(self, keys: Iterable[str]) -> None:
        """Deletes these objects; those that are not there are no error."""
        given = list(keys)
        for start in range(0, len(given), _KEYS_AT_ONCE):
            some = given[start : start + _KEYS_AT_ONCE]
            answer = self._client.delete_objects(
                Bucket=self.bucket, Delete={"Objects": [{"Key": key} for key in some], "Quiet": True}
            )
            for error in answer.get("Errors", []):
                raise ClientError({"Error": {"Code": error["Code"], "Message": error["Key"]}}, "DeleteObjects")

    def delete_unchanged(self, objects: Iterable[StoredObject]) -> int:
        """Deletes those of these objects that are still as they were found, by their ETag; returns how many were.

        The server compares and deletes in one step: a file that is replaced at this moment stays.
        """
        given = list(objects)
        kept = 0
        for start in range(0, len(given), _KEYS_AT_ONCE):
            some = given[start : start + _KEYS_AT_ONCE]
            conditions = [{"Key": each.key, "ETag": f'"{each.etag}"'} for each in some]
            answer = self._client.delete_objects(
                Bucket=self.bucket,
                Delete={"Objects": conditions, "Quiet": True},  # type: ignore[typeddict-item]  # other members are optional
            )
            for error in answer.get("Errors", []):
                if error["Code"] not in {"PreconditionFailed", "NoSuchKey"}:
                    raise ClientError({"Error": {"Code": error["Code"], "Message": error["Key"]}}, "DeleteObjects")
                kept += 1
        return len(given) - kept

    def close(self) -> None:
        """Closes the pooled connections."""
        self._client.close()

    def require(self) -> None:
        """Raises PipelineError(INVALID_SETTING) without such a bucket, SERVICE_UNAVAILABLE without an answer."""
        place = self._client.meta.endpoint_url
        try:
            self._client.head_bucket(Bucket=self.bucket)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in {"NoSuchBucket", "404"}:
                detail = f"{place} has no bucket {self.bucket}"
                raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_S3_BUCKET", detail=detail) from error
            part = f"The bucket {self.bucket} at {place} (status {code})"
            raise PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part=part) from error
        except BotoCoreError as error:
            raise PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part=f"S3 at {place}") from error

    def is_reachable(self) -> bool:
        """Whether the bucket answers; raises nothing."""
        try:
            self._client.head_bucket(Bucket=self.bucket)
        except Exception:  # noqa: BLE001 - any failure means the same to a readiness probe
            return False
        return True


def _files(page: "ListObjectsV2OutputTypeDef") -> Iterator[StoredObject]:
    for entry in page.get("Contents", []):
        if not entry["Key"].endswith("/"):
            yield StoredObject(entry["Key"], entry["ETag"].strip('"'), entry["Size"], entry["LastModified"])


@lru_cache(maxsize=4)
def open_store(settings: Settings) -> ObjectStore:
    """The bucket that the settings name; connections are pooled a process."""
    client = boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint or None,
        aws_access_key_id=settings.s3_access_key or None,
        aws_secret_access_key=settings.s3_secret_key.get_secret_value() or None,
        region_name=settings.s3_region,
        config=Config(
            **S3,
            retries={"mode": "standard", "max_attempts": 5},
            s3={"addressing_style": "path"},
            max_pool_connections=64,  # of all threads of the process; botocore warns when it discards one
        ),
    )
    return ObjectStore(client, settings.s3_bucket)
