"""The services that assets and sensors use."""

from functools import lru_cache

from botocore.exceptions import BotoCoreError, ClientError
from dagster import ConfigurableResource
from sqlalchemy import Engine

from ocr_pipeline.settings import Settings, get_settings
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.objects import ObjectStore, open_store
from ocr_pipeline.storage.originals import Originals
from ocr_pipeline.storage.results import Results, open_results
from ocr_pipeline.storage.stage_outputs import Output, StageOutputs
from ocr_pipeline.structuring.language_model.model import LanguageModelUnavailable
from ocr_pipeline.versions import Stage, stage_versions

SERVICE_FAILURES: tuple[type[Exception], ...] = (BotoCoreError, ClientError, LanguageModelUnavailable)
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

    def version(self, stage: Stage) -> str:
        return _versions(self.settings)[stage]

    def outputs(self, stage: Stage, output_type: type[Output]) -> StageOutputs[Output]:
        """Outputs of `stage` in its present version."""
        return StageOutputs(self.store, stage, self.version(stage), output_type)


@lru_cache(maxsize=4)
def _versions(settings: Settings) -> dict[Stage, str]:
    """Read once: each library's release is a file to parse, and every stage of every run asks."""
    return stage_versions(settings)
