"""The secrets that webhooks are signed with: one a tenant, all made from one setting."""

import base64
import hashlib
import hmac

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.settings import Settings

_SHORTEST = 32
"""Bytes, as for tokens: from a shorter one, a tenant's secret could be followed back to it."""


def webhook_secret(settings: Settings, tenant: str = "default") -> str | None:
    """The tenant's secret as Standard Webhooks writes it (``whsec_...``); None where there is nothing to make it of.

    It tells nothing of another tenant's, and nothing of the setting. Raises PipelineError(INVALID_SETTING).
    """
    own = settings.webhook_secret.get_secret_value()
    if own and len(own.encode()) < _SHORTEST:
        detail = f"it must have at least {_SHORTEST} bytes"
        raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_WEBHOOK_SECRET", detail=detail)
    # With RS256 and ES256 tokens are signed elsewhere, and no secret of theirs is here.
    master = own or (settings.jwt_secret.get_secret_value() if settings.jwt_algorithm == "HS256" else "")
    if not master:
        return None
    # No token is signed as such a text: the secret that is made is of no use as a token's signature.
    made = hmac.digest(master.encode(), f"webhooks of tenant {tenant}".encode(), hashlib.sha256)
    return f"whsec_{base64.b64encode(made).decode()}"
