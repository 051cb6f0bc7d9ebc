"""A field with its alternatives, weighed anew by a habit.

The readings of a field exclude each other, so their confidences add up to how likely it is that one of them is right.
"""

from collections.abc import Set

from ocr_pipeline.documents.model import Evidence, Field, Reading, Support
from ocr_pipeline.validation.patterns.vendor_patterns import Habit


def readings_of(field: Field) -> list[Reading]:
    """What was read, then what else it could be."""
    return [Reading(value=field.value, confidence=field.confidence, evidence=field.evidence), *field.alternatives]


def surer(field: Field, habit: Habit) -> Field:
    """What was read is what the habit says: two that do not know of each other agree, and half of the doubt goes."""
    confidence = field.confidence + (1 - field.confidence) * habit.certainty / 2
    return field.model_copy(update={"confidence": confidence})


def together(field: Field, value: str, meant: Set[str], habit: Habit) -> Field:
    """`value`, one of those that the words of the field can mean (`meant`) where only the habit tells which it is."""
    others = [reading.confidence for reading in field.alternatives if reading.value in meant - {field.value}]
    confidence = min(1.0, field.confidence + sum(others)) * habit.certainty
    if value == field.value:
        return field.model_copy(update={"confidence": max(field.confidence, confidence)})
    return replaced(field, value, confidence, field.evidence)


def likelier(field: Field, usual: Set[str], habit: Habit) -> Field:
    """The reading that is likeliest once those in `usual` count by the habit's certainty, all others by the rest."""
    readings = readings_of(field)
    sure = min(1.0, sum(reading.confidence for reading in readings))
    weights = [
        reading.confidence * (habit.certainty if reading.value in usual else 1 - habit.certainty)
        for reading in readings
    ]
    if not any(weights):
        return field
    best = max(range(len(readings)), key=weights.__getitem__)
    confidence = sure * weights[best] / sum(weights)
    if readings[best].value == field.value:
        return field.model_copy(update={"confidence": confidence})
    return replaced(field, readings[best].value, confidence, readings[best].evidence)


def corrected(field: Field, habit: Habit) -> Field:
    """The habit's spelling of what was misread. The words stay those on the page, so the evidence tells why."""
    evidence = field.evidence.model_copy(update={"computation": "usual spelling of the vendor"})
    settled = replaced(field, habit.value, max(field.confidence, habit.certainty), evidence)
    return settled.model_copy(update={"support": Support.CORRECTED})


def replaced(field: Field, value: str, confidence: float, evidence: Evidence) -> Field:
    """`value` in place of what was read, which becomes the first alternative."""
    before = Reading(value=field.value, confidence=min(field.confidence, 1 - confidence), evidence=field.evidence)
    others = [reading for reading in field.alternatives if reading.value not in {value, field.value}]
    return Field(value=value, confidence=confidence, evidence=evidence, alternatives=(before, *others))
