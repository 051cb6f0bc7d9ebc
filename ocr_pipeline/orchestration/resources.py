"""The services that assets and sensors use."""

from functools import lru_cache

from botocore.exceptions import BotoCoreError, ClientError
from dagster import ConfigurableResource
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from ocr_pipeline.documents.options import NO_OPTIONS, Options
from ocr_pipeline.orchestration.document_outputs import DocumentOutputs
from ocr_pipeline.settings import Settings, get_settings
from ocr_pipeline.storage.connections import redis_client
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.metrics import Metrics
from ocr_pipeline.storage.objects import ObjectStore, open_store
from ocr_pipeline.storage.originals import Originals
from ocr_pipeline.storage.page_quota import PageQuota
from ocr_pipeline.storage.results import Results, open_results
from ocr_pipeline.storage.run_queue import RunQueue, open_run_queue
from ocr_pipeline.storage.stage_outputs import Output, StageOutputs
from ocr_pipeline.structuring.language_model.model import LanguageModelUnavailable
from ocr_pipeline.versions import Stage, stage_versions

SERVICE_FAILURES: tuple[type[Exception], ...] = (BotoCoreError, ClientError, DBAPIError, LanguageModelUnavailable)
"""What a stage lets through: a service is down, the document is not at fault, and the run is tried again."""


class Services(ConfigurableResource["Services"]):
    """Ledger, tables, bucket and results, as the settings name them; connections are shared by a process's runs."""

    @property
    def settings(self) -> Settings:
        return get_settings()

    @property
    def database(self) -> Engine:
        return get_engine(self.settings.database_url.get_secret_value())

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.database)

    @property
    def store(self) -> ObjectStore:
        return open_store(self.settings)

    @property
    def originals(self) -> Originals:
        return Originals(self.store)

    @property
    def results(self) -> Results:
        return open_results(self.settings)

    @property
    def metrics(self) -> Metrics:
        return _metrics(self.settings)

    @property
    def page_quota(self) -> PageQuota:
        return _page_quota(self.settings)

    @property
    def run_queue(self) -> RunQueue:
        return open_run_queue(self.settings.redis_url.get_secret_value())

    def versions(self, options: Options = NO_OPTIONS) -> dict[str, str]:
        """The present version of each stage, for documents with these options."""
        return _versions(options.applied_to(self.settings))

    def outputs(self, stage: Stage, output_type: type[Output]) -> DocumentOutputs[Output]:
        """Outputs of `stage` in its present version."""
        return DocumentOutputs(
            lambda options: StageOutputs(self.store, stage, self.versions(options)[stage], output_type)
        )


@lru_cache(maxsize=4)
def _metrics(settings: Settings) -> Metrics:
    return Metrics(redis_client(settings.redis_url.get_secret_value()))


@lru_cache(maxsize=4)
def _page_quota(settings: Settings) -> PageQuota:
    return PageQuota(settings.redis_url.get_secret_value(), settings.pages_per_minute)


@lru_cache(maxsize=8)
def _versions(settings: Settings) -> dict[str, str]:
    """Read once: each library's release is a file to parse, and every stage of every run asks."""
    return dict(stage_versions(settings).items())
