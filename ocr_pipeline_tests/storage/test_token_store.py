from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from ocr_pipeline.storage import schema
from ocr_pipeline.storage.token_store import MadeToken, TokenStore

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(engine: Engine) -> TokenStore:
    with engine.begin() as connection:
        connection.execute(schema.tokens.delete())
    return TokenStore(engine)


def _made(id_: str, subject: str = "me", made_at: datetime = NOW, lifetime: timedelta = HOUR) -> MadeToken:
    return MadeToken(id_, subject, "default", "ocr:read ocr:write", made_at, made_at + lifetime, None)


def test_tokens_are_listed_newest_first_and_forgotten_once_they_expired(store: TokenStore) -> None:
    tokens = [_made("old", made_at=NOW - HOUR / 2), _made("new"), _made("expired", lifetime=-HOUR)]
    for token in (tokens[2], *tokens[:2]):
        store.enter(token)
    assert store.all() == [tokens[1], tokens[0]]


def test_one_token_or_all_of_a_subject_are_revoked_once(store: TokenStore) -> None:
    for token in (_made("1"), _made("2"), _made("3", subject="you"), _made("4", lifetime=-HOUR)):
        store.enter(token)
    assert store.revoke("1") == ["1"]
    assert store.revoked() == {"1"}
    assert store.revoke("1") == store.revoke("4") == store.revoke("unknown") == []
    assert store.revoke(subject="me") == ["2"]
    assert store.revoked() == {"1", "2"}
    assert [token.id for token in store.all() if token.revoked_at is None] == ["3"]
