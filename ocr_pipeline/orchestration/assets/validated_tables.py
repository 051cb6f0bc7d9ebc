"""The batch's rows in Postgres, and the end of each document's way."""

from collections.abc import Sequence

from ocr_pipeline.orchestration.assets._common import last_stage_asset
from ocr_pipeline.orchestration.assets.structured_records import structured_records
from ocr_pipeline.orchestration.checks.events import Events, stage_events
from ocr_pipeline.orchestration.checks.written import COMPLETE, VALID
from ocr_pipeline.orchestration.resources import Services


@last_stage_asset(
    "validated_tables", kinds={"pandera", "postgres"}, deps=[structured_records], check_specs=[VALID, COMPLETE]
)
def validated_tables(batches: Sequence[str], services: Services) -> Events:
    """Valid rows in the tables `documents` and `line_items`, all others in `quarantine`; each batch in a transaction.

    The numbers of each batch are kept in `batch_statistics`, which the checks of its quality look at.
    """
    from ocr_pipeline.orchestration.batch_tables import end_batch

    results = {key: end_batch(key, services) for key in batches}
    return stage_events(results, [VALID, COMPLETE], "validated_tables")
