"""How soon a connection counts as cut: a host whose network is gone must notice in half a minute.

Without these options the kernel goes on for a quarter of an hour where something was sent and never acknowledged, and
for ever where one only listens.
"""

import socket
from typing import Any

import redis

CONNECT_SECONDS = 5
ANSWER_SECONDS = 15
_IDLE_SECONDS, _PROBE_SECONDS, _PROBES = 10, 4, 3
"""After so long a silence the kernel asks, and so often, before it closes the connection."""
_UNACKNOWLEDGED_MS = 20_000
"""What was sent and not acknowledged for so long closes it too. On Linux alone."""
_BEGIN_SECONDS = 180
"""A run that a worker fetched and did not begin for so long goes to another: longer than a worker takes to get warm."""

POSTGRES: dict[str, Any] = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives": 1,
    "keepalives_idle": _IDLE_SECONDS,
    "keepalives_interval": _PROBE_SECONDS,
    "keepalives_count": _PROBES,
    "tcp_user_timeout": _UNACKNOWLEDGED_MS,
}
"""Arguments of libpq. A statement may take as long as it likes, if only the host is there."""

S3: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "read_timeout": ANSWER_SECONDS, "tcp_keepalive": True}
"""Arguments of botocore's Config."""


def _socket_options() -> dict[int, int]:
    named = {
        "TCP_KEEPIDLE": _IDLE_SECONDS,
        "TCP_KEEPINTVL": _PROBE_SECONDS,
        "TCP_KEEPCNT": _PROBES,
        "TCP_USER_TIMEOUT": _UNACKNOWLEDGED_MS,
    }
    return {getattr(socket, name): value for name, value in named.items() if hasattr(socket, name)}


_REDIS: dict[str, Any] = {
    "socket_connect_timeout": CONNECT_SECONDS,
    "socket_keepalive": True,
    "socket_keepalive_options": _socket_options(),
}

CELERY: dict[str, Any] = {
    "broker_connection_max_retries": None,
    "broker_transport_options": {
        **_REDIS,
        "socket_timeout": ANSWER_SECONDS,
        "health_check_interval": _IDLE_SECONDS,
        # A run is acknowledged when it begins: only what was fetched by a worker that then vanished is delivered again.
        "visibility_timeout": _BEGIN_SECONDS,
        "queue_order_strategy": "ocr_pipeline.storage.queues:MostUrgentFirst",
    },
    "redis_socket_connect_timeout": CONNECT_SECONDS,
    "redis_socket_timeout": ANSWER_SECONDS,
    "redis_socket_keepalive": True,
    "redis_backend_health_check_interval": _IDLE_SECONDS,
}
"""Settings of Celery, of workers and of whoever sends to them."""


def redis_client(url: str) -> redis.Redis:
    """For short questions: no answer for a while is an error."""
    return redis.Redis.from_url(url, **_REDIS, socket_timeout=ANSWER_SECONDS)
