"""How the checks of a batch are declared."""

import warnings

from dagster import AssetCheckSpec, PreviewWarning

from ocr_pipeline.orchestration.partitions import batches
from ocr_pipeline.versions import Stage


def check_of_batches(stage: Stage, name: str, description: str, *, blocking: bool = False) -> AssetCheckSpec:
    """A check of each batch by itself; what follows is held back where one that is `blocking` fails."""
    with warnings.catch_warnings():
        # Dagster warns that checks of partitions are new. The pinned version has them, and tests watch them.
        warnings.simplefilter("ignore", PreviewWarning)
        return AssetCheckSpec(name, asset=stage, partitions_def=batches, blocking=blocking, description=description)
