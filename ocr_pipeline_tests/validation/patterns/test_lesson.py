from ocr_pipeline.validation.patterns.date_order import DateOrder
from ocr_pipeline.validation.patterns.lesson import Lesson, lesson_of
from ocr_pipeline_tests.structuring.typed import typed
from ocr_pipeline_tests.validation.patterns.habits import NAME_KEY, at, field
from ocr_pipeline_tests.validation.records import record

TEXT = typed("""
    Oak Bakery Ltd
    Date: 25/12/2018
    Total $              11.90
""")
TOTAL = field("11.90", 0.9, at(2, 21, "11.90"))


def test_an_accepted_document_teaches_what_it_shows() -> None:
    read = record(
        vendor_name="Oak Bakery Ltd",
        vendor_address="Hilltown",
        document_date="2018-12-25",
        currency=field("EUR", 0.9, at(2, 0, "EUR")),
        total=TOTAL,
    )
    assert lesson_of(read, read, TEXT) == Lesson(
        keys=(NAME_KEY,),
        date_order=DateOrder.DAY_FIRST,
        currency="EUR",
        total_label="TOTAL",
        vendor_name="Oak Bakery Ltd",
        vendor_address="Hilltown",
    )


def test_a_guess_teaches_nothing() -> None:
    read = record(vendor_name="Oak Bakery Ltd", currency=field("USD", 0.9, at(2, 6, "$")), document_date="2018-03-04")
    lesson = lesson_of(read, read, typed("Date: 03/04/2018\nTotal $ 11.90"))
    assert lesson == Lesson(keys=(NAME_KEY,), vendor_name="Oak Bakery Ltd")


def test_what_a_habit_settled_does_not_confirm_the_habit() -> None:
    read = record(vendor_name="Oak Bakcry Ltd", total=TOTAL)
    accepted = record(vendor_name="Oak Bakery Ltd", total="19.90", vendor_address="7 Rose Street, 4030 Hilltown")
    lesson = lesson_of(read, accepted, TEXT)
    assert lesson is not None
    assert lesson.keys[0] == NAME_KEY
    assert (lesson.vendor_name, lesson.vendor_address, lesson.total_label) == (None, None, None)


def test_without_a_vendor_there_is_nobody_to_learn_of() -> None:
    assert lesson_of(record(total=TOTAL), record(total=TOTAL), TEXT) is None
