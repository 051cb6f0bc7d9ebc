"""What a user gets for one document: the same shape from the command line, the API and Redis."""

from datetime import datetime

from pydantic import Field as Attribute

from ocr_pipeline.documents.model import (
    Evidence,
    Field,
    Model,
    Reconciliation,
    Rejection,
    ReviewReason,
    State,
    Support,
    Verdict,
)


class FieldEvidence(Evidence):
    """Where a value was read, how it stands to the words there, and how sure we are of it."""

    confidence: float
    support: Support


class OutcomeLineItem(Model):
    description: str
    quantity: str | None
    unit_price: str | None
    amount: str | None
    evidence: dict[str, FieldEvidence]


class Outcome(Model):
    """One document's result. `fields` holds plain values, `evidence` says where each was read."""

    id: str
    file: str
    state: State
    kind: str | None = None
    """What kind of document it is; None where it was rejected, or is not finished."""
    confidence: float | None = None
    fields: dict[str, str] = Attribute(default_factory=dict)
    evidence: dict[str, FieldEvidence] = Attribute(default_factory=dict)
    line_items: tuple[OutcomeLineItem, ...] = ()
    reconciliation: Reconciliation | None = None
    reasons: tuple[ReviewReason, ...] = ()
    in_doubt: tuple[str, ...] = ()
    """The fields that the reasons name."""
    duplicate_of: str | None = None
    """Id of the earliest document that says the same."""
    error: Rejection | None = None
    seconds: dict[str, float] = Attribute(default_factory=dict)
    """Stage name to the seconds that the stage took for this document."""
    expires_at: datetime | None = None
    """Until when the service answers with it; None where it is not finished, or does not come from the service."""
    reused: bool = False
    """Whether this answers a file that was sent again, of which all was known."""

    @classmethod
    def of(
        cls,
        document_id: str,
        file: str,
        result: Verdict | Rejection,
        seconds: dict[str, float] | None = None,
        expires_at: datetime | None = None,
    ) -> "Outcome":
        seconds = {stage: round(value, 4) for stage, value in (seconds or {}).items()}
        if isinstance(result, Rejection):
            return cls(
                id=document_id, file=file, state=State.REJECTED, error=result, seconds=seconds, expires_at=expires_at
            )
        return cls(
            id=document_id,
            file=file,
            state=result.state,
            kind=result.record.kind,
            confidence=round(result.confidence, 4),
            fields={name: field.value for name, field in result.record.fields.items()},
            evidence={name: _evidence(field) for name, field in result.record.fields.items()},
            line_items=tuple(
                OutcomeLineItem(
                    description=item.description.value,
                    quantity=_value(item.quantity),
                    unit_price=_value(item.unit_price),
                    amount=_value(item.amount),
                    evidence={name: _evidence(cell) for name, cell in item if isinstance(cell, Field)},
                )
                for item in result.record.line_items
            ),
            reconciliation=result.reconciliation,
            reasons=result.reasons,
            in_doubt=tuple(dict.fromkeys(reason.field for reason in result.reasons if reason.field)),
            duplicate_of=result.duplicate_of,
            seconds=seconds,
            expires_at=expires_at,
        )


def _value(field: Field | None) -> str | None:
    return field.value if field else None


def _evidence(field: Field) -> FieldEvidence:
    return FieldEvidence(**dict(field.evidence), confidence=round(field.confidence, 4), support=field.support)
