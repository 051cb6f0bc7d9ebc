"""Which installation is meant: the one that the settings name, else the local stack of the data folder."""

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.local.stack import Stack
from ocr_pipeline.settings import Settings


def named_services(settings: Settings) -> Settings | None:
    """Settings that name a database and Redis: these, or those that the local stack last had; None without either."""
    if settings.database_url.get_secret_value() and settings.redis_url.get_secret_value():
        return settings
    try:
        return Settings.of(Stack(settings).environment())
    except PipelineError as error:
        if error.code is not ErrorCode.STACK_NOT_RUNNING:
            raise
        return None


def require_services(settings: Settings) -> Settings:
    """As `named_services`; raises PipelineError(INVALID_SETTING) without either."""
    found = named_services(settings)
    if found is None:
        detail = f"it is not set, and no stack was ever started from {settings.data_dir.resolve()}"
        raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_DATABASE_URL", detail=detail)
    return found
