"""The job that has one document processed anew."""

from dagster import Config, Failure, MetadataValue, OpExecutionContext, job, op
from pydantic import Field

from ocr_pipeline.documents.model import State
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.orchestration.jobs._launching import BY_HAND, forget_results, partition_url
from ocr_pipeline.orchestration.jobs._stages import stages_from
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.storage import replays
from ocr_pipeline.versions import Stage

_ADVICE = {
    ErrorCode.NOT_FOUND: "The table `ledger` has all ids, by file and batch.",
    ErrorCode.GONE: "Nothing of it is kept: have its file sent again if it is still wanted.",
    ErrorCode.NOT_FINISHED: "The sensor `inbox` sees to it that its batch is run; wait for that, or cancel it first.",
}


class RerunDocumentConfig(Config):
    """Which document, and from where on."""

    document: str = Field(min_length=1, description="Id of a finished document, as API, ledger and tables have it")
    from_stage: Stage = Field(
        default="raw_images", description="The first stage whose output is computed anew, and after it all others"
    )


@op(tags={"kind": "s3"})
def reopen_document(context: OpExecutionContext, config: RerunDocumentConfig, services: Services) -> str:
    """Removes the document's stage outputs and puts it into a batch of its own; returns the key of that."""
    stages = stages_from(config.from_stage)
    # The last stage's output are the tables, whose rows its run replaces.
    with_outputs = [stage for stage in stages if stage != "validated_tables"]
    try:
        rerun = replays.rerun_document(
            services.database, services.store, config.document, with_outputs, services.versions
        )
    except PipelineError as error:
        description = f"{error.message} Nothing was launched. {_ADVICE[error.code]}"
        raise Failure(description, allow_retries=False) from error
    before = rerun.document
    if before.state is State.REJECTED:
        forget_results(services, {before.id: before.tenant})
    context.log.info(f"{before.file} is processed again in the batch {rerun.batch}")
    context.add_output_metadata(
        {
            "document": before.id,
            "file": before.file,
            "tenant": before.tenant,
            "batch": MetadataValue.url(partition_url(services.settings, rerun.batch)),
            "stages computed anew": ", ".join(stages),
            "removed outputs": MetadataValue.json(rerun.removed),
            "earlier batch": before.batch or "",
            "earlier state": before.state.value,
            "earlier reason": before.reason.message if before.reason else "",
            "earlier versions": MetadataValue.json(before.versions),
        }
    )
    return rerun.batch


@job(
    tags=BY_HAND,
    description="Processes one finished document anew from a stage on, even where no version changed: what the stages "
    "made of it in their present version is removed first. Documents with the same bytes and options share these "
    "outputs, so their pages and texts are away until this one is done; their results stand. The document goes into a "
    "batch of its own, which the sensor `inbox` has run, and counts there from now on. Until it ends, its earlier "
    "result stands, unless it was rejected. Answers of a language model are kept for 30 days and used again.",
)
def rerun_document() -> None:
    reopen_document()
