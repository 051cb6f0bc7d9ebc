"""The passwords and keys of the stack's own servers: random, and kept in the data folder."""

import secrets

from pydantic import BaseModel, ConfigDict, Field

from ocr_pipeline.local.folders import Folders, unusable, write_private
from ocr_pipeline.settings import Settings


def _random() -> str:
    # Letters, digits, '-' and '_' only: safe in URLs, shells and configuration files.
    return secrets.token_urlsafe(32)


class Secrets(BaseModel):
    model_config = ConfigDict(frozen=True)

    postgres_password: str = Field(default_factory=_random, repr=False)
    redis_password: str = Field(default_factory=_random, repr=False)
    s3_access_key: str = Field(default_factory=lambda: secrets.token_hex(10).upper(), repr=False)
    s3_secret_key: str = Field(default_factory=_random, repr=False)
    s3_internal_key: str = Field(default_factory=_random, repr=False)
    jwt_secret: str = Field(default_factory=_random, repr=False)


def load_or_create(folders: Folders, settings: Settings) -> Secrets:
    """The kept secrets. S3 keys that the user chose for the stack's own server take the place of random ones.

    Raises PipelineError(DATA_DIR_UNUSABLE) where a database is there without the password that opens it.
    """
    if folders.secrets_file.exists():
        kept = Secrets.model_validate_json(folders.secrets_file.read_text(encoding="utf-8"))
    elif any(folders.postgres.glob("*/PG_VERSION")):
        raise unusable(folders.root, f"{folders.secrets_file.name} is missing, without which its database stays shut")
    else:
        kept = Secrets()
    chosen_secret = settings.s3_secret_key.get_secret_value()
    if settings.s3_access_key and chosen_secret and not settings.s3_endpoint:
        kept = kept.model_copy(update={"s3_access_key": settings.s3_access_key, "s3_secret_key": chosen_secret})
    write_private(folders.secrets_file, kept.model_dump_json(indent=2))
    return kept
