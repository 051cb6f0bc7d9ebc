"""What validation made of labelled documents: how many need a person, and how right the others are."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ocr_pipeline.documents.model import Rejection, State, Verdict
from ocr_pipeline.evaluation.labelled_fields import LabelledField, precision, recall

_NUMBER = re.compile(r"\[\d+\]")
"""Of a line item, as in ``line_items[0].amount``."""


@dataclass(frozen=True)
class ReviewScore:
    """Shares of all documents, 0 to 1; None where there is nothing to compare."""

    accepted: float
    needs_review: float
    rejected: float
    schema_valid: float
    """Those whose final rows the tables take; a rejected document has none."""
    accepted_precision: float | None
    """Of the labelled fields that accepted documents give, the share that is right."""
    accepted_recall: float | None
    """Of the labelled fields of accepted documents, the share that is given and right."""
    reasons: dict[str, int]
    """Documents by reason: its code, and the field that it names."""


def review_score(
    results: Mapping[str, Verdict | Rejection], fields: Mapping[str, Sequence[LabelledField]]
) -> ReviewScore | None:
    """Both by document id. None where there is no document."""
    from ocr_pipeline.validation.batch import validate_batch  # it loads pandas and Pandera

    if not results:
        return None
    verdicts = {id_: result for id_, result in results.items() if isinstance(result, Verdict)}
    states = Counter(state_of(result) for result in results.values())
    accepted = [field for id_, result in results.items() if state_of(result) is State.ACCEPTED for field in fields[id_]]
    return ReviewScore(
        accepted=states[State.ACCEPTED] / len(results),
        needs_review=states[State.NEEDS_REVIEW] / len(results),
        rejected=states[State.REJECTED] / len(results),
        schema_valid=(len(verdicts) - len(validate_batch(verdicts).refused)) / len(results),
        accepted_precision=precision(accepted),
        accepted_recall=recall(accepted),
        reasons=dict(Counter(reason for result in results.values() for reason in reasons_of(result)).most_common()),
    )


def state_of(result: Verdict | Rejection) -> State:
    return result.state if isinstance(result, Verdict) else State.REJECTED


def reasons_of(result: Verdict | Rejection) -> list[str]:
    """Each once: the code with the field that it names, such as ``low_confidence total``; of a rejection its code."""
    if isinstance(result, Rejection):
        return [result.code.value]
    named = [f"{reason.code} {_NUMBER.sub('', reason.field or '')}".strip() for reason in result.reasons]
    return list(dict.fromkeys(named))
