"""Batches of generated samples, and runs of them in this process."""

from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
from dagster import DagsterInstance, materialize

from ocr_pipeline.orchestration.assets.normalized_images import normalized_images
from ocr_pipeline.orchestration.assets.ocr_text import ocr_text
from ocr_pipeline.orchestration.assets.raw_images import raw_images
from ocr_pipeline.orchestration.assets.structured_records import structured_records
from ocr_pipeline.orchestration.assets.validated_tables import validated_tables
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.samples.generate import generate
from ocr_pipeline.storage.ledger_rows import NOBODY, Arrival, Sender


class Batches:
    def __init__(self, services: Services, instance: DagsterInstance, folder: Path) -> None:
        self.services = services
        self.instance = instance
        self._folder = folder
        self._inbox: list[str] = []

    def of_samples(self, count: int, seed: int) -> str:
        """A batch of good documents."""
        samples = generate(self._folder / str(seed), seed=seed, count=count)
        return self.of_files({sample.path.name: sample.path.read_bytes() for sample in samples})

    def of_files(self, files: dict[str, bytes], sender: Sender = NOBODY) -> str:
        prefix = f"tests/{uuid4().hex}/"
        arrivals = []
        for name, data in files.items():
            self._inbox.append(prefix + name)
            stored = self.services.store.upload(prefix + name, BytesIO(data))
            arrivals.append(Arrival(name, stored.key, stored.etag, stored.size))
        key, _ = self.services.ledger.register_batch(arrivals, sender)
        self.instance.add_dynamic_partitions("batches", [key])
        return key

    def empty_inbox(self) -> None:
        settings = self.services.settings
        client = boto3.client(
            "s3",
            endpoint_url=settings.s3_endpoint,
            aws_access_key_id=settings.s3_access_key,
            aws_secret_access_key=settings.s3_secret_key.get_secret_value(),
            region_name=settings.s3_region,
        )
        with closing(client):
            for key in self._inbox:
                client.delete_object(Bucket=settings.s3_bucket, Key=key)

    def replace_inbox(self, data: bytes) -> None:
        for key in self._inbox:
            self.services.store.put(key, data)

    def run(self, batch: str) -> dict[str, dict[str, Any]]:
        """Takes a batch through all stages; each stage's metadata. Raises what made the run fail."""
        assets = [raw_images, normalized_images, ocr_text, structured_records, validated_tables]
        resources = {"services": self.services}
        result = materialize(assets, partition_key=batch, instance=self.instance, resources=resources)
        return {
            event.asset_key.to_user_string(): {name: entry.value for name, entry in event.metadata.items()}
            for event in (found.materialization for found in result.get_asset_materialization_events() if found)
        }
