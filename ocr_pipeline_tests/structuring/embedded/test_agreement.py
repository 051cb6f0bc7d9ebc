import pytest

from ocr_pipeline.documents.model import Evidence, Field, Reading
from ocr_pipeline.kinds.kind import FieldType
from ocr_pipeline.structuring.embedded.agreement import PrintedWords, Standing, is_alike, standing
from ocr_pipeline_tests.structuring.typed import typed

NOWHERE = Evidence(words=())


def seen(value: str, confidence: float = 0.95, *alternatives: str) -> Field:
    readings = tuple(Reading(value=other, confidence=0.3, evidence=NOWHERE) for other in alternatives)
    return Field(value=value, confidence=confidence, evidence=NOWHERE, alternatives=readings)


@pytest.mark.parametrize(
    ("value", "field_type", "on_page"),
    [
        ("595.00", FieldType.AMOUNT, seen("595.00")),
        ("595.00", FieldType.AMOUNT, seen("-595.00")),
        ("2018-04-03", FieldType.DATE, seen("2018-03-04", 0.6, "2018-04-03")),
        ("DE02 1203 0000", FieldType.CODE, seen("de0212030000")),
        ("Müller & Söhne GmbH", FieldType.TEXT, seen("MULLER + SOHNE GMBH")),
        ("Lieferant GmbH", FieldType.TEXT, seen("Lieferant GmbH Lieferantenstraße 20")),
        ("Sägeweg 3, 89073 Ulm", FieldType.ADDRESS, seen("Sageweg 3, 89073 Ulm, Germany")),
    ],
)
def test_the_same_however_written_agrees(value: str, field_type: FieldType, on_page: Field) -> None:
    assert standing(value, field_type, on_page, is_printed=False) is Standing.AGREES


@pytest.mark.parametrize(
    ("value", "field_type", "on_page", "is_printed", "expected"),
    [
        ("595.00", FieldType.AMOUNT, seen("1595.00", 0.6), False, Standing.DISPUTED),
        ("595.00", FieldType.AMOUNT, seen("1595.00", 0.4), False, Standing.ABSENT),
        ("595.00", FieldType.AMOUNT, None, False, Standing.ABSENT),
        ("595.00", FieldType.AMOUNT, None, True, Standing.PRINTED),
        ("595.00", FieldType.AMOUNT, seen("1595.00", 0.6), True, Standing.PRINTED),
        ("595.00", FieldType.AMOUNT, seen("1595.00", 0.95), True, Standing.DISPUTED),
        ("2024-06-05", FieldType.DATE, seen("2024-06-04"), True, Standing.PRINTED),
        ("2024-06-05", FieldType.DATE, seen("2024-06-04"), False, Standing.DISPUTED),
        ("R-77", FieldType.CODE, seen("R-78", 0.8), False, Standing.DISPUTED),
        ("Ulmer GmbH", FieldType.TEXT, seen("Meier AG", 0.8), False, Standing.DISPUTED),
        ("Ulmer GmbH", FieldType.TEXT, seen("Meier AG", 0.99), True, Standing.PRINTED),
        ("Sägeweg 3, Ulm", FieldType.ADDRESS, seen("Postfach 9, Bonn", 0.99), False, Standing.ABSENT),
    ],
)
def test_another_value(
    value: str, field_type: FieldType, on_page: Field | None, is_printed: bool, expected: Standing
) -> None:
    assert standing(value, field_type, on_page, is_printed) is expected


def test_short_texts_are_not_alike_because_one_is_in_the_other() -> None:
    assert not is_alike("AG", "Tischlerei AG")
    assert not is_alike("--", "..")
    assert is_alike("Tischlerei", "Tischlerei AG")


def test_words_may_stand_anywhere_on_one_page() -> None:
    words = PrintedWords(typed("GmbH  Ulm\nTischlerei\nUlmer", "Meier"))
    assert words.has_all("Tischlerei Ulmer GmbH")
    assert not words.has_all("Tischlerei Meier")
    assert not words.has_all("&")
