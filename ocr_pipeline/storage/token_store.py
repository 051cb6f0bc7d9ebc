"""The tokens that were made here, and which of them are revoked."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, delete, func, insert, select, update

from ocr_pipeline.storage.schema import tokens


class MadeToken(NamedTuple):
    id: str
    subject: str
    tenant: str
    scopes: str
    """With spaces between."""
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class TokenStore:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def enter(self, token: MadeToken) -> None:
        """Notes a new token; those that have expired are forgotten, for they open nothing any more."""
        with self._engine.begin() as connection:
            connection.execute(delete(tokens).where(tokens.c.expires_at < func.now()))
            connection.execute(insert(tokens).values(token._asdict()))

    def all(self) -> list[MadeToken]:
        """Those that have not expired, the newest first."""
        columns = [tokens.c[name] for name in MadeToken._fields]
        valid = select(*columns).where(tokens.c.expires_at >= func.now()).order_by(tokens.c.created_at.desc())
        with self._engine.connect() as connection:
            return [MadeToken(*row) for row in connection.execute(valid)]

    def revoke(self, token_id: str | None = None, subject: str | None = None) -> list[str]:
        """Revokes the token with this id, or all of a subject; returns the ids of those that were valid until now."""
        wanted = tokens.c.id == token_id if subject is None else tokens.c.subject == subject
        statement = (
            update(tokens)
            .where(wanted, tokens.c.revoked_at.is_(None), tokens.c.expires_at >= func.now())
            .values(revoked_at=func.now())
            .returning(tokens.c.id)
        )
        with self._engine.begin() as connection:
            return list(connection.scalars(statement))

    def revoked(self) -> frozenset[str]:
        """Ids of the tokens that would be valid were they not revoked."""
        ids = select(tokens.c.id).where(tokens.c.revoked_at.is_not(None), tokens.c.expires_at >= func.now())
        with self._engine.connect() as connection:
            return frozenset(connection.scalars(ids))
