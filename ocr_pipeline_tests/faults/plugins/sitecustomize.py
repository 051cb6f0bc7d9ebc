"""On PYTHONPATH for the programs of the tests' stack, so that Python runs it at their start.

A page of one width ends whoever reads it. What else happens every 5 or 30 seconds happens every second: Dagster's
daemon looks for backfills, dead runs and at sensors, and the first pause before a batch is tried again is as short.
"""

import os
import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from importlib.util import find_spec
from types import ModuleType
from typing import Any

DEADLY_WIDTH = 777


def _read_no_deadly_page(stage: Any) -> None:
    recognize = stage.recognize

    def recognize_or_die(page: Any, engine: Any) -> Any:
        if page.info.original_width == DEADLY_WIDTH:
            os._exit(1)
        return recognize(page, engine)

    stage.recognize = recognize_or_die


def _look_often(controller: Any) -> None:
    _set(controller, "DEFAULT_DAEMON_INTERVAL_SECONDS", 1)

    class MonitoringDaemon(controller.MonitoringDaemon):  # type: ignore[misc]  # a class that is known at run time alone
        def __init__(self, interval_seconds: int) -> None:
            super().__init__(interval_seconds=min(1, interval_seconds))

    controller.MonitoringDaemon = MonitoringDaemon


def _look_at_sensors_often(sensor: ModuleType) -> None:
    _set(sensor, "MIN_INTERVAL_LOOP_TIME", 1)


def _try_again_soon(past_runs: ModuleType) -> None:
    _set(past_runs, "_FIRST_PAUSE", 1.0)


def _set(module: ModuleType, name: str, value: float) -> None:
    """Raises AttributeError where the name is another by now."""
    getattr(module, name)
    setattr(module, name, value)


_CHANGES: dict[str, Callable[[ModuleType], None]] = {
    "ocr_pipeline.recognition.stage": _read_no_deadly_page,
    "dagster._daemon.controller": _look_often,
    "dagster._daemon.sensor": _look_at_sensors_often,
    "ocr_pipeline.orchestration.past_runs": _try_again_soon,
}


class _Changer(MetaPathFinder):
    """Makes its change to a module when that is imported, and so delays no program that imports none of them."""

    def find_spec(self, name: str, _path: object, _target: object = None) -> Any:
        change = _CHANGES.pop(name, None)
        if change is None:
            return None
        spec: Any = find_spec(name)
        execute = spec.loader.exec_module

        def execute_and_change(module: ModuleType) -> None:
            execute(module)
            change(module)

        spec.loader.exec_module = execute_and_change
        return spec


if __name__ == "sitecustomize":  # and not where a test imports it
    sys.meta_path.insert(0, _Changer())
