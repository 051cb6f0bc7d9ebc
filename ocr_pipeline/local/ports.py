"""The ports of the stack: as set, else as last time, else any that is free."""

import errno
import random
import socket
from collections.abc import Iterable, Mapping
from enum import StrEnum

from ocr_pipeline.errors import ErrorCode, PipelineError

HOST = "127.0.0.1"
# Below the range from which the kernel takes ports for outgoing connections: one of those
# could otherwise sit on a server's port in the moment in which the server is started again.
_FREE_PORTS = range(20_000, 30_000)


class Port(StrEnum):
    """Everything that listens; the value reads well in a sentence."""

    POSTGRES = "Postgres"
    REDIS = "Redis"
    S3 = "the S3 server"
    S3_GRPC = "the S3 server's gRPC"
    S3_MASTER = "the S3 server's master"
    S3_MASTER_GRPC = "the S3 server's master gRPC"
    S3_VOLUME = "the S3 server's volumes"
    S3_VOLUME_GRPC = "the S3 server's volume gRPC"
    S3_FILER = "the S3 server's filer"
    S3_FILER_GRPC = "the S3 server's filer gRPC"
    CODE_SERVER = "Dagster's code server"
    DAGSTER = "Dagster's web server"
    API = "the API"


def choose(needed: Iterable[Port], wanted: Mapping[Port, int], kept: Mapping[Port, int]) -> dict[Port, int]:
    """A free port for each of `needed`; `wanted` ones are taken as they are, 0 there meaning any.

    Raises PipelineError(PORT_IN_USE, INVALID_SETTING) that names the setting.
    """
    chosen: dict[Port, int] = {}
    for port in needed:
        if number := wanted.get(port, 0):
            _require(port, number, taken=chosen.values())
            chosen[port] = number
    for port in needed:
        if port not in chosen:
            chosen[port] = _any_free(kept.get(port), taken=[*chosen.values(), *wanted.values()])
    return chosen


def is_free(number: int) -> bool:
    return _bind_error(number) is None


def _require(port: Port, number: int, taken: Iterable[int]) -> None:
    setting = f"OCR_{port.name}_PORT"
    error = _bind_error(number)
    if error is not None and error.errno == errno.EACCES:
        raise PipelineError(ErrorCode.INVALID_SETTING, name=setting, detail=f"you may not listen on port {number}")
    if error is not None or number in taken:
        raise PipelineError(ErrorCode.PORT_IN_USE, port=number, service=port.value, setting=setting)


def _any_free(kept: int | None, taken: list[int]) -> int:
    # Random, so that two stacks that start in the same moment do not choose the same.
    candidates = random.sample(_FREE_PORTS, len(_FREE_PORTS))
    for number in [kept, *candidates] if kept else candidates:
        if number not in taken and is_free(number):
            return number
    raise PipelineError(
        ErrorCode.PORT_IN_USE,
        port=f"{_FREE_PORTS.start} to {_FREE_PORTS.stop - 1}",
        service="the local stack",
        setting="OCR_POSTGRES_PORT and its like",
    )


def _bind_error(number: int) -> OSError | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a connection that is only waiting to be forgotten is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, number))
        except OSError as error:
            return error
    return None
