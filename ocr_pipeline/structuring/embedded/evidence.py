"""Values of the XML as fields of a record, with where they stand in the file and on the page."""

from ocr_pipeline.documents.model import Evidence, Field, Reading
from ocr_pipeline.kinds.kind import FieldType
from ocr_pipeline.structuring.embedded.agreement import Standing, is_same
from ocr_pipeline.structuring.embedded.invoice import Value
from ocr_pipeline.structuring.grounding.locate import Located

CONFIDENCE = {Standing.AGREES: 0.99, Standing.PRINTED: 0.95, Standing.ABSENT: 0.7, Standing.DISPUTED: 0.2}
"""A value that two sources give is as good as sure; one that they dispute goes to a person."""


def field_of(
    value: Value,
    field_type: FieldType,
    file: str,
    standing: Standing,
    *,
    seen: Field | None = None,
    located: Located | None = None,
) -> Field:
    """The field with the best evidence there is: what the engine read, what was found on the page, the XML alone."""
    evidence = Evidence(words=value.words, attachment=f"{file}#{value.element}", computation=value.computation)
    confidence = CONFIDENCE[standing]
    if seen is not None and seen.evidence.page is not None and is_same(value.value, seen.value, field_type):
        on_page = _with_attachment(seen.evidence, evidence)
        return Field(value=value.value, confidence=confidence, evidence=on_page, support=seen.support)
    if located is not None:
        on_page = _with_attachment(located.evidence, evidence)
        return Field(value=value.value, confidence=confidence, evidence=on_page, support=located.support)
    disputed = seen if standing is Standing.DISPUTED else None
    return Field(
        value=value.value,
        confidence=confidence,
        evidence=evidence,
        alternatives=(_reading(disputed),) if disputed else (),
    )


def _with_attachment(on_page: Evidence, in_file: Evidence) -> Evidence:
    return on_page.model_copy(update={"attachment": in_file.attachment})


def _reading(field: Field) -> Reading:
    return Reading(value=field.value, confidence=field.confidence, evidence=field.evidence)
