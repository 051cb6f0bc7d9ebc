"""What must hold of the tables when a batch was written; a run that leaves them otherwise fails."""

from dagster import AssetCheckResult

from ocr_pipeline.orchestration.checks.specs import check_of_batches
from ocr_pipeline.storage.batch_accounts import Account
from ocr_pipeline.storage.tables import WrittenRows

VALID = check_of_batches(
    "validated_tables",
    "rows_are_valid",
    "What stands in the tables for this batch satisfies the Pandera schemas.",
    blocking=True,
)
COMPLETE = check_of_batches(
    "validated_tables",
    "every_document_is_accounted_for",
    "Each document of the batch stands in the tables or in quarantine, and in only one of them.",
    blocking=True,
)
_NAMED = 20
"""Documents that a result names."""


def check_validity(written: WrittenRows) -> AssetCheckResult:
    """Looks at what stands in Postgres now, not at what was meant to."""
    from ocr_pipeline.validation.schemas import Documents, LineItems, check, frame_of

    failures = {
        **check(frame_of(written.documents, Documents), Documents),
        **check(frame_of(written.line_items, LineItems), LineItems),
    }
    advice = (
        "Somebody else wrote into the tables, or a migration changed them: compare the rows with the reasons, "
        "and materialize validated_tables of this batch again."
    )
    return AssetCheckResult(
        check_name=VALID.name,
        passed=not failures,
        metadata={
            "rows": len(written.documents),
            "line items": len(written.line_items),
            **({"failures": dict(list(failures.items())[:_NAMED]), "what to do": advice} if failures else {}),
        },
    )


def check_completeness(account: Account) -> AssetCheckResult:
    missing = account.documents - account.in_tables - account.in_quarantine
    doubled = account.in_tables & account.in_quarantine
    advice = (
        "Materialize validated_tables of this batch again. Documents that are missing are not lost: they keep their "
        "place in the ledger, and `ocr-pipeline explain DOCUMENT` says where they are."
    )
    return AssetCheckResult(
        check_name=COMPLETE.name,
        passed=not missing and not doubled,
        metadata={
            "documents": len(account.documents),
            "in tables": len(account.in_tables),
            "in quarantine": len(account.in_quarantine),
            **({"missing": sorted(missing)[:_NAMED]} if missing else {}),
            **({"in both": sorted(doubled)[:_NAMED]} if doubled else {}),
            **({"what to do": advice} if missing or doubled else {}),
        },
    )
