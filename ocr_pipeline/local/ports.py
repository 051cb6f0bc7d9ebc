"""The ports of the stack: as set, else as last time, else any that is free."""

import errno
import random
import socket
from collections.abc import Iterable, Mapping
from enum import StrEnum

from ocr_pipeline.errors import ErrorCode, PipelineError

HOST = "127.0.0.1"
"""Where all listens that needs not be reached from other hosts."""
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


def require_address(host: str) -> None:
    """Raises PipelineError(INVALID_SETTING) unless it is an address of this machine."""
    if _bind_error(0, host) is not None:
        raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_HOST", detail=f"this machine has no address {host}")


def choose(
    needed: Iterable[Port], wanted: Mapping[Port, int], kept: Mapping[Port, int], host: str = HOST
) -> dict[Port, int]:
    """A port for each of `needed` that is free, on `host` too; `wanted` ones are taken as they are, 0 meaning any.

    Raises PipelineError(PORT_IN_USE, INVALID_SETTING) that names the setting.
    """
    chosen: dict[Port, int] = {}
    for port in needed:
        if number := wanted.get(port, 0):
            _require(port, number, host, taken=chosen.values())
            chosen[port] = number
    for port in needed:
        if port not in chosen:
            chosen[port] = _any_free(kept.get(port), host, taken=[*chosen.values(), *wanted.values()])
    return chosen


def is_free(number: int, host: str = HOST) -> bool:
    return _first_error(number, host) is None


def _require(port: Port, number: int, host: str, taken: Iterable[int]) -> None:
    setting = f"OCR_{port.name}_PORT"
    error = _first_error(number, host)
    if error is not None and error.errno == errno.EACCES:
        raise PipelineError(ErrorCode.INVALID_SETTING, name=setting, detail=f"you may not listen on port {number}")
    if error is not None or number in taken:
        raise PipelineError(ErrorCode.PORT_IN_USE, port=number, service=port.value, setting=setting)


def _any_free(kept: int | None, host: str, taken: list[int]) -> int:
    # Random, so that two stacks that start in the same moment do not choose the same.
    candidates = random.sample(_FREE_PORTS, len(_FREE_PORTS))
    for number in [kept, *candidates] if kept else candidates:
        if number not in taken and is_free(number, host):
            return number
    raise PipelineError(
        ErrorCode.PORT_IN_USE,
        port=f"{_FREE_PORTS.start} to {_FREE_PORTS.stop - 1}",
        service="the local stack",
        setting="OCR_POSTGRES_PORT and its like",
    )


def _first_error(number: int, host: str) -> OSError | None:
    """On loopback, or else on `host`: what listens on the one may look for itself on the other."""
    return _bind_error(number, HOST) or (_bind_error(number, host) if host != HOST else None)


def _bind_error(number: int, host: str) -> OSError | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a connection that is only waiting to be forgotten is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError as error:
            return error
    return None
