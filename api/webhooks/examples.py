"""Examples of the delivery log for the OpenAPI description."""

from datetime import UTC, datetime, timedelta
from typing import Any

from api.examples import DOCUMENT_ID
from api.webhooks.schemas import DeliveryEntry, DeliveryList
from ocr_pipeline.storage.deliveries import Attempt, Delivery, Failure

DELIVERY_ID = "019bfc3e-7b10-7a52-8f3d-52c9d2b1a001"
_AT = datetime(2026, 11, 22, 10, 5, 2, tzinfo=UTC)
_DELIVERED = Delivery(
    id=DELIVERY_ID,
    tenant="default",
    url="https://example.com/hooks/ocr",
    event="document.finished",
    document_id=DOCUMENT_ID,
    batch=None,
    created_at=_AT,
    due_at=None,
    delivered_at=_AT + timedelta(seconds=5),
    attempts=(Attempt(_AT, 0.214, 503, Failure.STATUS), Attempt(_AT + timedelta(seconds=5), 0.187, 200)),
    host="example.com",
)
_AGAIN = _DELIVERED._replace(due_at=_AT + timedelta(minutes=1), delivered_at=None)

LIST: dict[str, Any] = DeliveryList(deliveries=[DeliveryEntry.of(_DELIVERED)], cursor=None, next=None).model_dump(
    mode="json"
)
AGAIN: dict[str, Any] = DeliveryEntry.of(_AGAIN).model_dump(mode="json")
SECRET = {"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}
