"""Answers of language models in Redis, so that the same question is paid for once.

A cache is there to save time: while Redis is away every answer is unknown, and no document fails for it.
"""

import logging
from datetime import timedelta
from functools import lru_cache

import redis

from ocr_pipeline.settings import Settings

_LIFETIME = timedelta(days=30)
"""A document comes again within days, if it does: after a new version of a later stage, or sent twice."""
_SECONDS = 1.0
"""Longest wait for Redis; asking the model anew would soon be quicker."""
_log = logging.getLogger(__name__)


class Answers:
    """An `AnswerCache` that all workers share."""

    def __init__(self, client: "redis.Redis", lifetime: timedelta = _LIFETIME) -> None:
        self._client = client
        self._lifetime = lifetime
        self._is_away = False

    def get(self, key: str) -> str | None:
        try:
            answer = self._client.get(_key(key))
        except redis.RedisError as error:
            self._note(error)
            return None
        self._is_away = False
        return answer.decode() if isinstance(answer, bytes) else answer

    def put(self, key: str, answer: str) -> None:
        try:
            self._client.set(_key(key), answer.encode(errors="replace"), ex=self._lifetime)
        except redis.RedisError as error:
            self._note(error)
        else:
            self._is_away = False

    def _note(self, error: redis.RedisError) -> None:
        """Once for as long as it lasts: a batch asks hundreds of times."""
        if not self._is_away:
            _log.warning("Redis keeps no answers of the language model: %s", error)
        self._is_away = True


@lru_cache(maxsize=4)
def open_answers(settings: Settings) -> Answers:
    """Connects when it is first asked; connections are pooled a process."""
    url = settings.redis_url.get_secret_value()
    return Answers(redis.Redis.from_url(url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS))


def _key(key: str) -> str:
    return f"ocr:answer:{key}"
