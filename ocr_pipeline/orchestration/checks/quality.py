"""What is to be expected of a batch's results. A batch that is otherwise is looked into; nothing is held back.

The checks look at `BatchStatistics` alone, so they can be executed again at any time, such as with another limit, from
Dagster's UI. `limits.is_beyond` and `drift.compare` say what is too far from what is expected.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from dagster import (
    AssetCheckEvaluation,
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    MetadataValue,
    Output,
    multi_asset_check,
)

from ocr_pipeline.orchestration.checks.drift import BATCHES, LEAST_BATCHES, LEAST_DOCUMENTS, compare, read
from ocr_pipeline.orchestration.checks.events import check_events
from ocr_pipeline.orchestration.checks.limits import is_beyond
from ocr_pipeline.orchestration.checks.specs import check_of_batches
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage import batch_statistics
from ocr_pipeline.storage.batch_statistics import BatchStatistics


class _Share(NamedTuple):
    """A check of the share of documents that are not as they should be."""

    name: str
    description: str
    bad: Callable[[BatchStatistics], float]
    of: Callable[[BatchStatistics], int]
    setting: str
    """The most that may be bad, or the least that must not be, by how its name begins."""
    advice: str


_SHARES = (
    _Share(
        "outputs_are_valid",
        "Documents end with a valid output. A file that is refused with a code counts as valid; one whose processing "
        "failed, or whose rows the schema refused, does not.",
        bad=lambda batch: batch.documents - batch.valid,
        of=lambda batch: batch.documents,
        setting="least_validity",
        advice="Look at the batch's documents in quarantine with the reasons processing_failed and invalid_row; the "
        "worker's log has the errors. Replay them when the cause is gone.",
    ),
    _Share(
        "documents_are_sure",
        "The mean confidence of the documents that were read is high enough.",
        bad=lambda batch: (1 - (batch.confidence or 0.0)) * read(batch),
        of=read,
        setting="least_confidence",
        advice="Look at a few documents with the lowest confidence: poor scans, another language, or a kind of "
        "document that is new.",
    ),
    _Share(
        "few_are_rejected",
        "Few documents are rejected.",
        bad=lambda batch: batch.rejected,
        of=lambda batch: batch.documents,
        setting="most_rejected",
        advice="The table of rejections of raw_images names the files and codes; tell their sender.",
    ),
    _Share(
        "sums_agree",
        "In documents with sums to check, such as items and subtotal, these agree.",
        bad=lambda batch: batch.with_sums - batch.reconciled,
        of=lambda batch: batch.with_sums,
        setting="least_reconciled",
        advice="Look at a few documents with the reasons about sums: amounts that are read wrongly, or a layout "
        "whose line items are not understood.",
    ),
    _Share(
        "few_are_duplicates",
        "Few documents say the same as one that came before.",
        bad=lambda batch: batch.duplicates,
        of=lambda batch: batch.documents,
        setting="most_duplicates",
        advice="Somebody sends the same documents again. They are kept, linked to the first, and wait for review.",
    ),
)
_DRIFT = "like_recent_batches"
SPECS: Sequence[AssetCheckSpec] = (
    *(check_of_batches("validated_tables", share.name, share.description) for share in _SHARES),
    check_of_batches(
        "validated_tables",
        _DRIFT,
        f"Mean confidence and the share of documents with a value in each field are about those of the last {BATCHES} "
        "batches of the same tenant and lane.",
    ),
)


@multi_asset_check(
    specs=SPECS, can_subset=True, description="What came of a batch is about what is to be expected of it."
)
def batch_quality(
    context: AssetCheckExecutionContext, services: Services
) -> Iterator[Output[None] | AssetCheckEvaluation]:
    results = {key: _results(key, services) for key in context.op_execution_context.partition_keys}
    selected = context.op_execution_context.selected_asset_check_keys
    yield from check_events(results, [spec for spec in SPECS if spec.key in selected])


def _results(key: str, services: Services) -> list[AssetCheckResult]:
    batch = batch_statistics.load(services.database, key)
    if batch is None:
        nothing = {"nothing to check": "the batch has not come to the tables since its numbers are kept"}
        return [_result(spec.name, passed=True, metadata=nothing) for spec in SPECS]
    earlier = batch_statistics.latest(services.database, batch.tenant, batch.lane, BATCHES, key)
    return judge(batch, earlier, services.settings)


def judge(batch: BatchStatistics, earlier: Sequence[BatchStatistics], settings: Settings) -> list[AssetCheckResult]:
    """The results of the checks in `SPECS`; `earlier` are the batches to compare with."""
    return [*(_share(share, batch, settings) for share in _SHARES), _drift(batch, earlier, settings.most_drift)]


def _share(share: _Share, batch: BatchStatistics, settings: Settings) -> AssetCheckResult:
    bad, of, limit = share.bad(batch), share.of(batch), getattr(settings, share.setting)
    is_least = share.setting.startswith("least")
    most = 1 - limit if is_least else limit
    passed = not is_beyond(bad, of, most)
    metadata: dict[str, Any] = {
        "documents": of,
        "at least" if is_least else "at most": limit,
        **({"share": round((of - bad if is_least else bad) / of, 4)} if of else {}),
        "setting": f"OCR_{share.setting.upper()}",
    }
    if passed and bad > most * of:
        metadata["why it passes"] = "so few documents come to this by chance"
    return _result(share.name, passed=passed, metadata=metadata, advice=share.advice)


def _drift(batch: BatchStatistics, earlier: Sequence[BatchStatistics], most_drift: float) -> AssetCheckResult:
    found = compare(batch, earlier, most_drift)
    metadata: dict[str, Any] = {
        "documents": read(batch),
        "batches to compare with": len(earlier),
        "at most": most_drift,
        "setting": "OCR_MOST_DRIFT",
    }
    if not found:
        metadata["why it passes"] = (
            f"it takes {LEAST_DOCUMENTS} documents that were read, and {LEAST_BATCHES} batches to compare with"
        )
        return _result(_DRIFT, passed=True, metadata=metadata)
    rows = [
        f"| {each.what} | {each.now:.3f} | {each.before:.3f} | {each.allowed:.3f} | {'yes' if each.is_drift else ''} |"
        for each in sorted(found, key=lambda each: abs(each.now - each.before) - each.allowed, reverse=True)
    ]
    head = ["| what | now | before | may differ by | drift |", "|---|---|---|---|---|"]
    metadata["compared"] = MetadataValue.md("\n".join([*head, *rows]))
    advice = (
        "Look at a few documents of the batch: another kind, sender or scanner? If they are as ever, compare the "
        "stages' versions with those of the batches before, and the accuracy of both on labelled documents."
    )
    return _result(_DRIFT, passed=not any(each.is_drift for each in found), metadata=metadata, advice=advice)


def _result(name: str, *, passed: bool, metadata: dict[str, Any], advice: str = "") -> AssetCheckResult:
    return AssetCheckResult(
        check_name=name,
        passed=passed,
        severity=AssetCheckSeverity.WARN,
        metadata=metadata if passed else {**metadata, "what to do": advice},
    )
