"""Bodies of the delivery log."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from ocr_pipeline.storage.deliveries import Delivery, DeliveryState, Failure


class DeliveryAttempt(BaseModel):
    at: datetime
    seconds: float = Field(ge=0)
    status: int | None = Field(default=None, description="HTTP status of the answer; null where there was none")
    error: Failure | None = Field(
        default=None,
        description="Why it failed: the `address` may not be reached; the host's `name` is not known; no `connection`; "
        "`tls`; a `timeout`; an `answer` that is no HTTP; a `status` other than 2xx, redirects among them; or what it "
        "was to tell of is `gone`. Null where it was delivered.",
    )


class DeliveryEntry(BaseModel):
    """One event for one receiver."""

    id: str = Field(description="The header `webhook-id`, the same at every attempt")
    event: Literal["document.finished", "batch.finished"]
    url: str
    state: DeliveryState = Field(description="`pending`: there will be another attempt; `failed`: it was given up")
    document: str | None = Field(default=None, description="Id of the document that is told of")
    batch: str | None = Field(default=None, description="Id of the batch that is told of")
    created_at: datetime
    due_at: datetime | None = Field(default=None, description="When the next attempt is made; null where there is none")
    delivered_at: datetime | None = None
    attempts: list[DeliveryAttempt] = Field(description="The last 50 at most, oldest first")

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryEntry":
        attempts = [DeliveryAttempt(**attempt._asdict()) for attempt in delivery.attempts]
        values = delivery._asdict() | {"attempts": attempts, "state": delivery.state, "document": delivery.document_id}
        return cls.model_validate(values)


class DeliveryList(BaseModel):
    deliveries: list[DeliveryEntry] = Field(description="The newest first")
    cursor: str | None = Field(default=None, description="To be sent for the next page; null on the last")
    next: str | None = Field(default=None, description="The next page under the same filters; null on the last")


class WebhookSecret(BaseModel):
    secret: str = Field(description="`whsec_` and Base64, as the libraries of Standard Webhooks take it")
