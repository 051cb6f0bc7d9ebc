"""The services of one run."""

from typing import Self

from pydantic import PrivateAttr

from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.storage.beginnings import Beginnings
from ocr_pipeline.storage.objects import ObjectStore
from ocr_pipeline.storage.store_behind import StoreBehind


class RunServices(Services):
    """What the run writes goes to S3 behind its back, and what it works on is noted."""

    _store_behind: StoreBehind = PrivateAttr()
    _beginnings: Beginnings = PrivateAttr()

    @classmethod
    def of(cls, store: StoreBehind) -> Self:
        services = cls()
        services._store_behind = store
        services._beginnings = Beginnings(services.database)
        return services

    @property
    def store(self) -> ObjectStore:
        return self._store_behind

    @property
    def beginnings(self) -> Beginnings:
        return self._beginnings
