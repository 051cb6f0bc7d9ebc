"""How an installation is: the programs of the local stack, if there is one, and the work."""

from typing import NamedTuple

from ocr_pipeline.local.stack import Stack, Status
from ocr_pipeline.operations.place import named_services
from ocr_pipeline.operations.work import Work
from ocr_pipeline.operations.work_reading import read_work
from ocr_pipeline.settings import Settings


class Report(NamedTuple):
    stack: Status
    work: Work | None
    """None where there is no stack, and the settings name no services either."""

    @property
    def is_running(self) -> bool:
        """Whether all programs of the stack run; without a stack, whether all services and some worker answer."""
        if self.stack.processes or self.work is None:
            return self.stack.running
        return all(self.work.services.values()) and bool(self.work.workers)


def report(settings: Settings) -> Report:
    stack = Stack(settings).status()
    is_named = bool(settings.database_url.get_secret_value() and settings.redis_url.get_secret_value())
    # What a stopped stack served with is gone too.
    place = named_services(settings) if is_named or stack.processes else None
    return Report(stack, None if place is None else read_work(place))
