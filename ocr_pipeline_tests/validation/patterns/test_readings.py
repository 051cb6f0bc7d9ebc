import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Evidence, Field, Reading, Support
from ocr_pipeline.validation.patterns.readings import corrected, likelier, replaced, surer, together
from ocr_pipeline.validation.patterns.vendor_patterns import Habit

HERE, THERE = Evidence(page=1, words=("here",)), Evidence(page=2, words=("there",))
SHARES = st.floats(0, 1)


def read(confidence: float, *others: tuple[str, float]) -> Field:
    alternatives = tuple(Reading(value=value, confidence=share, evidence=THERE) for value, share in others)
    return Field(value="a", confidence=confidence, evidence=HERE, alternatives=alternatives)


def test_the_old_reading_becomes_the_first_alternative() -> None:
    field = replaced(read(0.6, ("b", 0.3), ("c", 0.1)), "b", 0.8, THERE)
    assert (field.value, field.confidence, field.evidence) == ("b", 0.8, THERE)
    assert [(reading.value, reading.evidence) for reading in field.alternatives] == [("a", HERE), ("c", THERE)]
    assert field.alternatives[0].confidence == pytest.approx(0.2)


def test_a_correction_keeps_its_words_and_says_why() -> None:
    field = corrected(read(0.6), Habit("A", 0.9))
    assert (field.value, field.confidence, field.support) == ("A", 0.9, Support.CORRECTED)
    assert field.evidence.words == HERE.words
    assert field.evidence.computation == "usual spelling of the vendor"


def test_agreement_takes_half_of_the_doubt() -> None:
    assert surer(read(0.6), Habit("a", 1.0)).confidence == pytest.approx(0.8)


def test_what_the_same_words_can_mean_is_as_sure_as_the_habit() -> None:
    switched = together(read(0.6, ("b", 0.3), ("c", 0.1)), "b", {"a", "b"}, Habit("b", 0.9))
    assert (switched.value, switched.evidence) == ("b", HERE)
    assert switched.confidence == pytest.approx(0.9 * 0.9)
    kept = together(read(0.6, ("b", 0.3), ("c", 0.1)), "a", {"a", "b"}, Habit("a", 0.9))
    assert (kept.value, len(kept.alternatives)) == ("a", 2)
    assert kept.confidence == pytest.approx(0.9 * 0.9)


def test_a_habit_outweighs_a_reading_that_is_hardly_surer() -> None:
    assert likelier(read(0.5, ("b", 0.4)), {"b"}, Habit("", 0.8)).value == "b"
    assert likelier(read(0.9, ("b", 0.05)), {"b"}, Habit("", 0.8)).value == "a"
    assert likelier(read(0.5, ("b", 0.4)), {"a"}, Habit("", 0.8)).confidence > 0.5


@given(SHARES, SHARES, SHARES, st.sets(st.sampled_from("abc"), min_size=1))
def test_readings_stay_shares_of_one_whole(first: float, second: float, certainty: float, usual: set[str]) -> None:
    field = likelier(read(first, ("b", second), ("c", 0.0)), usual, Habit("", certainty))
    assert 0 <= field.confidence <= min(1, first + second) + 1e-9
    assert {"a", "b", "c"} == {field.value, *(reading.value for reading in field.alternatives)}
