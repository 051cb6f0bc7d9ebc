"""The headers by which a receiver knows who sent a webhook, and when (Standard Webhooks)."""

from datetime import datetime

from standardwebhooks import Webhook

from api.webhooks.policy import Target


def signed_headers(target: Target, secret: str, delivery_id: str, body: str, now: datetime) -> dict[str, str]:
    """All headers of the request; `secret` is ``whsec_...``, `now` is in UTC.

    Receivers take a signature for five minutes, so every attempt is signed anew.
    """
    return {
        "Host": target.authority,
        "User-Agent": "ocr-pipeline",
        "Content-Type": "application/json",
        "Accept": "*/*",
        "Connection": "close",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(delivery_id, now, body),
    }
