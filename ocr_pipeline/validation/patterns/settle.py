"""What a document leaves open is settled by the habits of its vendor; what was read before stays as an alternative."""

from collections.abc import Mapping

from ocr_pipeline.documents.model import DocumentText, Field, Record
from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.kinds.languages import language_named
from ocr_pipeline.kinds.plausible import plausible_date
from ocr_pipeline.kinds.values import date_of
from ocr_pipeline.validation.patterns.currency_signs import may_stand_for, shared_sign, sign_for
from ocr_pipeline.validation.patterns.date_order import certain_order, order_read, swapped
from ocr_pipeline.validation.patterns.keys import vendor_keys
from ocr_pipeline.validation.patterns.printed import find_printed, label_of
from ocr_pipeline.validation.patterns.readings import corrected, likelier, readings_of, replaced, surer, together
from ocr_pipeline.validation.patterns.spelling import misread, skeleton, squash
from ocr_pipeline.validation.patterns.vendor_patterns import Habit, VendorPatterns


def settle(record: Record, text: DocumentText, known: Mapping[str, VendorPatterns], kind: DocumentKind) -> Record:
    """The record with what `known`, by vendor key, tells of its vendor; as it was where nothing does.

    `kind` is the record's. Vendor and currency are also given where they were not read, if the document prints them.
    """
    found = (known.get(key) for key in vendor_keys(record))
    patterns = [one for one in found if one is not None and _is_issuer(one, record, text)]
    fields = dict(record.fields)
    for name in dict.fromkeys((*fields, *(spec.name for spec in kind.fields))):
        answers = (_settled(name, fields.get(name), one, text) for one in patterns)
        if (settled := next((field for field in answers if field is not None), None)) is not None:
            fields[name] = settled
    return record.model_copy(update={"fields": fields})


def _is_issuer(patterns: VendorPatterns, record: Record, text: DocumentText) -> bool:
    """Whether the vendor issued this document: many vendors share an address, so the name has to be there too."""
    if not patterns.key.startswith("address:"):
        return True
    habit, name = patterns.vendor_name, record.fields.get("vendor_name")
    if habit is None:
        return False
    return (name is not None and misread(name.value, habit.value)) or find_printed(text, habit.value) is not None


def _settled(name: str, field: Field | None, patterns: VendorPatterns, text: DocumentText) -> Field | None:
    """The field as the vendor's habit has it; None where there is none, or it does not tell."""
    if field is not None and field.evidence.attachment is not None:
        return None  # what the sender wrote for machines is no matter of habit
    if name in {"vendor_name", "vendor_address"}:
        habit = patterns.vendor_name if name == "vendor_name" else patterns.vendor_address
        return _spelled(field, habit, text) if habit else None
    if name == "currency":
        return _in_currency(field, patterns.currency, text) if patterns.currency else None
    if field is None:
        return None
    if name == "total":
        return _labelled(field, patterns.total_label, text) if patterns.total_label else None
    return _dated(field, patterns.date_order, text) if patterns.date_order else None


def _spelled(field: Field | None, habit: Habit, text: DocumentText) -> Field | None:
    if field is not None and squash(field.value) == squash(habit.value):
        return surer(field, habit)
    printed = find_printed(text, habit.value)
    if field is None:
        return Field(value=habit.value, confidence=habit.certainty, evidence=printed) if printed else None
    same = misread(field.value, habit.value)
    if printed and (same or habit.certainty > field.confidence):
        return replaced(field, habit.value, max(field.confidence, habit.certainty), printed)
    if same:
        return corrected(field, habit)
    return None


def _in_currency(field: Field | None, habit: Habit, text: DocumentText) -> Field | None:
    if field is None:
        sign = sign_for(text, habit.value)
        return Field(value=habit.value, confidence=habit.certainty, evidence=sign) if sign else None
    shared = shared_sign(field)
    if shared is None or not may_stand_for(shared, habit.value):
        return None
    meant = {reading.value for reading in field.alternatives if may_stand_for(shared, reading.value)}
    return together(field, habit.value, {field.value, *meant}, habit)


def _labelled(field: Field, habit: Habit, text: DocumentText) -> Field | None:
    labels = ((reading.value, label_of(text, reading.evidence)) for reading in readings_of(field))
    usual = {value for value, label in labels if label is not None and skeleton(label) == skeleton(habit.value)}
    return likelier(field, usual, habit) if usual else None


def _dated(field: Field, habit: Habit, text: DocumentText) -> Field | None:
    order = order_read(field)
    if order is None or certain_order(text) is not None:  # its own dates tell better than others'
        return None
    if language_named(text.language).day_first is not None:  # and so does its sender
        return None
    other = swapped(field.value)
    settled = together(field, field.value if order == habit.value else other, {field.value, other}, habit)
    day = date_of(settled)
    return settled if day and plausible_date(day) else None
