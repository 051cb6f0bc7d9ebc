"""Whether all documents of a batch came through a stage: in as many as out."""

from collections.abc import Collection

from dagster import AssetCheckResult, AssetCheckSpec

from ocr_pipeline.orchestration.checks.specs import check_of_batches
from ocr_pipeline.versions import Stage

_NAME = "every_document_came_through"
_NAMED = 20
"""Documents that the result names."""


def came_through_check(stage: Stage) -> AssetCheckSpec:
    return check_of_batches(
        stage, _NAME, "Each document of the batch has an output of this stage, or a rejection.", blocking=True
    )


def check_came_through(wanted: Collection[str], passed: Collection[str]) -> AssetCheckResult:
    """`wanted` are the batch's documents as the ledger has them when the stage is done, `passed` those it worked on.

    What was cancelled, erased, or moved to another batch since the stage began is not wanted any more, and not missed.
    What is missed keeps its place in the ledger: the batch is not done, and its next run takes all its documents.
    """
    missing = sorted(set(wanted).difference(passed))
    return AssetCheckResult(
        check_name=_NAME,
        passed=not missing,
        metadata={
            "documents": len(wanted),
            "came through": len(wanted) - len(missing),
            "left meanwhile": len(set(passed).difference(wanted)),
            **({"missing": missing[:_NAMED], "what to do": _ADVICE} if missing else {}),
        },
    )


_ADVICE = (
    "Materialize the batch from raw_images on. If the same are missing again, the run's log says what became of them; "
    "`ocr-pipeline explain DOCUMENT` prints the whole story of one."
)
