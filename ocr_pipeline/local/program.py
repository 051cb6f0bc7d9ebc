"""A program of the stack, as the supervisor runs it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Program:
    """`stage` orders the start: a stage begins when the one before it is ready; stopping goes the other way."""

    name: str
    title: str
    stage: int
    command: tuple[str, ...]
    directory: Path
    # True when the program answers; it may raise nothing. Without one, staying up for `settle_seconds` is enough.
    ready: Callable[[], bool] | None = None
    ready_seconds: float = 60.0
    # A program that ends sooner than this counts as not started, and is tried again a few times only.
    settle_seconds: int = 1
    before_start: Callable[[], None] | None = None
    stop_signal: Literal["TERM", "INT"] = "TERM"
    # False where the program ends its own children in order, and a signal to them would disturb that.
    stop_group: bool = True
    stop_seconds: int = 10
