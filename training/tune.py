"""The loop: the network learns lines and their texts, for a given time, and can be stopped and taken up again."""

import logging
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ocr_pipeline.cores import core_count
from ocr_pipeline.recognition.ppocr.crops import LINE_HEIGHT, LineCrop
from ocr_pipeline.recognition.ppocr.recognizer import STEP, padded_width
from ocr_pipeline.recognition.runtime import Floats
from training.errors import TrainingError
from training.lines import LabelledLine
from training.network import TunableNetwork, Weights
from training.views import view

_log = logging.getLogger(__name__)

_BATCH_WIDTH = 16 * 320
"""Pixels, over the lines of a batch together."""
_SMALLEST_BATCH = 8
_LONGEST_LINE = 1280
"""Pixels: a batch of longer lines would need too much memory."""
_RATE = 4e-4
_LAST_RATE = 1e-6
_WARM_UP = 100
"""Steps in which the learning rate rises; from then on it falls along a cosine."""
_WEIGHT_DECAY = 1e-4
_LARGEST_GRADIENT = 1.0
_SLOWEST_AVERAGE = 0.998
"""Share of the running average that each step leaves: the average is what is kept in the end."""
_LOGGED_STEPS = 100
_CHECK_SECONDS = 480.0


@dataclass(frozen=True)
class Example:
    line: LabelledLine
    labels: list[int]


@dataclass(frozen=True)
class Batch:
    pixels: Floats
    """(n, 3, 48, width), values -1 to 1."""
    labels: list[list[int]]


@dataclass
class _Progress:
    """What a checkpoint holds. `averages` are by the names of `TunableNetwork.learned`."""

    averages: dict[str, torch.Tensor]
    step: int = 0
    lines: int = 0
    seconds: float = 0.0
    loss: float = math.nan


def tune(
    network: TunableNetwork,
    examples: Sequence[Example],
    *,
    seed: int,
    seconds: float,
    checkpoint: Path,
    check: Callable[[Weights], None],
) -> Weights:
    """Trains for `seconds`, less what an interrupted run with the same `checkpoint` had already spent.

    Every few minutes the checkpoint is written and `check` gets the weights as they would be kept. Raises
    `TrainingError` where there are no examples, or the checkpoint is of another seed or others.
    """
    if not examples:
        raise TrainingError("There is not a line to learn from.")
    torch.set_num_threads(core_count())
    learned = network.learned()
    optimizer = torch.optim.AdamW(learned.values(), lr=_RATE, weight_decay=_WEIGHT_DECAY)
    progress = _Progress({name: values.detach().clone() for name, values in learned.items()})
    made_of = {"seed": seed, "examples": len(examples)}
    if checkpoint.exists():
        _resume(checkpoint, made_of, progress, learned, optimizer)
    loss_of = torch.nn.CTCLoss(blank=0, zero_infinity=True)
    spent_before, started, checked = progress.seconds, time.monotonic(), time.monotonic()
    for batch in _batches(examples, np.random.default_rng([seed, progress.step])):
        if progress.seconds >= seconds:
            break
        _set_rate(optimizer, progress.step, progress.seconds / seconds)
        loss = _loss(network, batch, loss_of)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(learned.values(), _LARGEST_GRADIENT)
        optimizer.step()
        progress.step += 1
        progress.lines += len(batch.labels)
        progress.loss = _average(progress.loss, float(loss.detach()))
        progress.seconds = spent_before + time.monotonic() - started
        _move_averages(progress.averages, learned, progress.step)
        if progress.step % _LOGGED_STEPS == 0:
            _log_progress(progress, seconds)
        if time.monotonic() - checked > _CHECK_SECONDS:
            _save(checkpoint, made_of, progress, learned, optimizer)
            check(_as_weights(progress.averages))
            checked = time.monotonic()
    _save(checkpoint, made_of, progress, learned, optimizer)
    return _as_weights(progress.averages)


def _batches(examples: Sequence[Example], random: np.random.Generator) -> Iterator[Batch]:
    """Without end: all examples in a new order each round, lines of like width together."""
    waiting: defaultdict[int, list[tuple[LineCrop, list[int]]]] = defaultdict(list)
    while True:
        for index in random.permutation(len(examples)):
            example = examples[index]
            crop = view(example.line, random)
            width = padded_width(crop)
            # CTC needs a step for each character, and some between equal ones.
            if width > _LONGEST_LINE or width // STEP <= len(example.labels):
                continue
            waiting[width].append((crop, example.labels))
            if len(waiting[width]) >= max(_SMALLEST_BATCH, _BATCH_WIDTH // width):
                batch = waiting.pop(width)
                yield Batch(_pixels([crop for crop, _ in batch], width), [labels for _, labels in batch])


def _pixels(crops: Sequence[LineCrop], width: int) -> Floats:
    pixels = np.zeros((len(crops), 3, LINE_HEIGHT, width), np.float32)
    for place, crop in zip(pixels, crops, strict=True):
        place[:, :, : crop.width] = crop.pixels.transpose(2, 0, 1) * np.float32(1 / 127.5) - 1
    return pixels


def _loss(network: TunableNetwork, batch: Batch, loss_of: torch.nn.CTCLoss) -> torch.Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(batch.pixels)
    likelihoods = logits.float().log_softmax(2).transpose(0, 1)
    steps = torch.full((len(batch.labels),), len(likelihoods))
    lengths = torch.tensor([len(labels) for labels in batch.labels])
    loss: torch.Tensor = loss_of(likelihoods, torch.tensor(list(chain.from_iterable(batch.labels))), steps, lengths)
    return loss


def _set_rate(optimizer: torch.optim.Optimizer, step: int, share: float) -> None:
    """`share` of the time is over."""
    rate = _RATE * min(1.0, step / _WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * min(1.0, share))) + _LAST_RATE
    for group in optimizer.param_groups:
        group["lr"] = rate


@torch.no_grad()
def _move_averages(averages: dict[str, torch.Tensor], learned: dict[str, torch.nn.Parameter], step: int) -> None:
    kept = min(_SLOWEST_AVERAGE, (1 + step) / (10 + step))
    for name, average in averages.items():
        average.lerp_(learned[name].detach(), 1 - kept)


def _average(before: float, now: float) -> float:
    return now if math.isnan(before) else 0.98 * before + 0.02 * now


def _as_weights(averages: dict[str, torch.Tensor]) -> Weights:
    return {name: values.float().numpy() for name, values in averages.items()}


def _log_progress(progress: _Progress, seconds: float) -> None:
    _log.info(
        "step %d, %d lines (%.0f a second), loss %.4f, %.1f of %.1f minutes",
        progress.step,
        progress.lines,
        progress.lines / progress.seconds,
        progress.loss,
        progress.seconds / 60,
        seconds / 60,
    )


def _save(
    file: Path,
    made_of: dict[str, int],
    progress: _Progress,
    learned: dict[str, torch.nn.Parameter],
    optimizer: torch.optim.Optimizer,
) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.name}.unfinished")
    state = {
        "made_of": made_of,
        "progress": vars(progress),
        "learned": {name: values.detach() for name, values in learned.items()},
        "optimizer": optimizer.state_dict(),
    }
    torch.save(state, unfinished)
    unfinished.replace(file)


def _resume(
    file: Path,
    made_of: dict[str, int],
    progress: _Progress,
    learned: dict[str, torch.nn.Parameter],
    optimizer: torch.optim.Optimizer,
) -> None:
    state: dict[str, Any] = torch.load(file, weights_only=True)
    if state["made_of"] != made_of:
        raise TrainingError(f"{file} is of a training with another seed or other lines: delete it to start afresh.")
    vars(progress).update(state["progress"])
    with torch.no_grad():
        for name, values in learned.items():
            values.copy_(state["learned"][name])
    optimizer.load_state_dict(state["optimizer"])
    _log.info("taken up from %s at step %d, %.1f minutes in", file, progress.step, progress.seconds / 60)
