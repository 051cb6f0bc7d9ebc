"""A batch's way through the workers: in one run, or in several where some stages need a machine with a GPU."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple, cast, get_args

from dagster import DagsterRun, DagsterRunStatus

from ocr_pipeline.storage.ledger_rows import Lane
from ocr_pipeline.storage.queues import Queue
from ocr_pipeline.versions import Stage


class Segment(NamedTuple):
    """Stages that one run carries out, one after the other."""

    queue: Queue
    stages: tuple[Stage, ...] | None
    """None for all."""

    def is_done_by(self, run: DagsterRun) -> bool:
        if run.status != DagsterRunStatus.SUCCESS:
            return False
        if run.asset_selection is None:
            return True
        carried_out = {key.to_user_string() for key in run.asset_selection}
        return carried_out >= set(self.stages or get_args(Stage))


def segments(lane: Lane, gpu_stages: str) -> list[Segment]:
    """`gpu_stages` as the setting has it. What somebody waits for stays whole, with the worker that has it at hand."""
    on_gpu = set(gpu_stages.split(",")) if gpu_stages and lane == Lane.BATCH else set()
    parts = [(is_on_gpu, tuple(stages)) for is_on_gpu, stages in groupby(get_args(Stage), on_gpu.__contains__)]
    if len(parts) == 1:
        whole = Queue.GPU if on_gpu else Queue(lane.value)
        return [Segment(whole, None)]
    return [
        Segment(Queue.GPU if is_on_gpu else Queue.BATCH, cast("tuple[Stage, ...]", stages))
        for is_on_gpu, stages in parts
    ]


def next_segment(way: Sequence[Segment], runs: Sequence[DagsterRun]) -> tuple[Segment, list[DagsterRun]]:
    """Where a batch with these runs, the oldest first, goes on, and the runs since it got there.

    One that has come to the end and is not finished begins anew: what its stages made is there, and found.
    """
    position, since = 0, list[DagsterRun]()
    for run in runs:
        since.append(run)
        ahead = position
        while ahead < len(way) and way[ahead].is_done_by(run):
            ahead += 1
        if ahead == len(way):
            position = 0
        elif ahead > position:
            position, since = ahead, []
    return way[position], since
