import pytest

from ocr_pipeline.documents.model import Field, Record, Support
from ocr_pipeline.kinds.form import FORM
from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.kinds.receipt import RECEIPT
from ocr_pipeline.validation.patterns.settle import settle
from ocr_pipeline_tests.structuring.typed import typed
from ocr_pipeline_tests.validation.patterns.habits import ADDRESS_KEY, NAME_KEY, TAX_KEY, at, field, known, other
from ocr_pipeline_tests.validation.records import record

TEXT = typed("""
    Oak Bakery Ltd
    7 Rose Street
    4030 Hilltown
    Date: 03/04/2018
    Flour             $ 10.00
    Total             $ 11.90
    Cash                20.00
""")
NAME = field("Oak Bakery Ltd", 0.6, at(0, 0, "Oak", "Bakery", "Ltd"))
DATE = field("2018-03-04", 0.5, at(3, 6, "03/04/2018"), other("2018-04-03", 0.4, at(3, 6, "03/04/2018")))
TOTAL = field("20.00", 0.5, at(6, 20, "20.00"), other("11.90", 0.4, at(5, 20, "11.90")))


def of_oak(**fields: str | Field) -> Record:
    return record(vendor_name=NAME, **fields)


def test_an_ambiguous_date_gets_the_vendors_order() -> None:
    found = settle(of_oak(document_date=DATE), TEXT, known(date_order="day_first"), RECEIPT).fields["document_date"]
    assert (found.value, found.evidence) == ("2018-04-03", DATE.evidence)
    assert [reading.value for reading in found.alternatives] == ["2018-03-04"]
    assert found.confidence == pytest.approx(0.9 * 0.9)


def test_a_date_already_read_in_the_vendors_order_is_surer() -> None:
    found = settle(of_oak(document_date=DATE), TEXT, known(date_order="month_first"), RECEIPT).fields["document_date"]
    assert (found.value, found.alternatives) == (DATE.value, DATE.alternatives)
    assert found.confidence == pytest.approx(0.9 * 0.9)


def test_engines_that_name_no_alternatives_are_settled_too() -> None:
    date = DATE.model_copy(update={"alternatives": ()})
    found = settle(of_oak(document_date=date), TEXT, known(date_order="day_first"), RECEIPT).fields["document_date"]
    assert found.value == "2018-04-03"


def test_the_documents_own_dates_tell_better_than_the_vendors() -> None:
    text = typed("Oak Bakery Ltd\nDate: 03/04/2018\nDue: 03/28/2018")
    record = of_oak(document_date=DATE)
    assert settle(record, text, known(date_order="day_first"), RECEIPT) == record


@pytest.mark.parametrize(("language", "is_told"), [("en-US", True), ("en", False)])
def test_the_sender_tells_better_than_the_vendors_habit(language: str, is_told: bool) -> None:
    record = of_oak(document_date=DATE)
    text = TEXT.model_copy(update={"language": language})
    assert (settle(record, text, known(date_order="day_first"), RECEIPT) == record) is is_told


def test_no_habit_makes_a_date_impossible() -> None:
    date = field("2098-01-12", 0.5, at(3, 6, "12/01/2098"))
    record = of_oak(document_date=date)
    assert settle(record, TEXT, known(date_order="month_first"), RECEIPT) == record


def test_only_the_habits_of_this_vendor_settle() -> None:
    record = of_oak(document_date=DATE)
    assert settle(record, TEXT, {}, RECEIPT) == record
    assert settle(record, TEXT, known("name:E1MCAFE", date_order="day_first"), RECEIPT) == record
    assert settle(record, TEXT, known(documents=2, date_order="day_first"), RECEIPT) == record
    assert settle(record, TEXT, known(documents=3, date_order="day_first"), RECEIPT) != record


def test_a_total_is_taken_from_where_the_vendor_prints_it() -> None:
    text = typed("Oak Bakery Ltd\nTotal     11.90\nCash      20.00")
    total = field("20.00", 0.5, at(2, 10, "20.00"), other("11.90", 0.4, at(1, 10, "11.90")))
    found = settle(of_oak(total=total), text, known(total_label="TOTAL"), RECEIPT).fields["total"]
    assert (found.value, found.evidence) == ("11.90", at(1, 10, "11.90"))
    assert [reading.value for reading in found.alternatives] == ["20.00"]
    kept = settle(of_oak(total=total), text, known(total_label="CASH"), RECEIPT).fields["total"]
    assert kept.value == "20.00"
    assert kept.confidence > total.confidence
    assert settle(of_oak(total=total), text, known(total_label="SUM"), RECEIPT).fields["total"] == total


def test_a_sign_of_many_currencies_means_the_vendors() -> None:
    read = field("USD", 0.6, at(5, 18, "$"))
    found = settle(of_oak(currency=read), TEXT, known(currency="CAD"), RECEIPT).fields["currency"]
    assert (found.value, found.evidence) == ("CAD", read.evidence)
    assert settle(of_oak(currency=read), TEXT, known(currency="EUR"), RECEIPT).fields["currency"] == read
    certain = field("USD", 0.6, at(5, 18, "US$"))
    assert settle(of_oak(currency=certain), TEXT, known(currency="CAD"), RECEIPT).fields["currency"] == certain


def test_a_missing_currency_is_given_only_where_its_sign_is_printed() -> None:
    found = settle(of_oak(), TEXT, known(currency="CAD"), RECEIPT).fields["currency"]
    assert (found.value, found.evidence.words) == ("CAD", ("$",))
    assert "currency" not in settle(of_oak(), TEXT, known(currency="EUR"), RECEIPT).fields
    assert "currency" not in settle(of_oak(), TEXT, known(currency="CAD"), DocumentKind("note", ())).fields


def test_a_misread_name_is_spelled_as_usual() -> None:
    read = record(
        vendor_name=field("Oak Bakcry Ltd", 0.6, at(0, 0, "Oak", "Bakcry", "Ltd")),
        vendor_address="7 Rose Street, 4030 Hilltown",
    )
    text = typed("Oak Bakcry Ltd\n7 Rose Street\n4030 Hilltown")
    found = settle(read, text, known(ADDRESS_KEY, vendor_name="Oak Bakery Ltd"), FORM).fields["vendor_name"]
    assert (found.value, found.support) == ("Oak Bakery Ltd", Support.CORRECTED)
    assert found.evidence.words == ("Oak", "Bakcry", "Ltd")
    assert found.evidence.computation
    assert [reading.value for reading in found.alternatives] == ["Oak Bakcry Ltd"]


def test_the_usual_name_is_taken_where_it_is_printed() -> None:
    read = record(vendor_name=field("Fresh daily", 0.6, at(0, 0)), vendor_address="7 Rose Street, 4030 Hilltown")
    found = settle(read, TEXT, known(ADDRESS_KEY, vendor_name="Oak Bakery Ltd"), FORM).fields["vendor_name"]
    assert (found.value, found.support) == ("Oak Bakery Ltd", Support.SUPPORTED)
    assert found.evidence.words == ("Oak", "Bakery", "Ltd")
    sure = record(vendor_name=field("Elm Cafe", 0.95, at(0, 0)), vendor_address="7 Rose Street, 4030 Hilltown")
    assert settle(sure, TEXT, known(ADDRESS_KEY, vendor_name="Oak Bakery Ltd"), FORM) == sure


def test_neighbours_under_one_roof_are_not_taken_for_one_another() -> None:
    read = record(vendor_name="Elm Cafe", vendor_address="7 Rose Street, 4030 Hilltown", document_date=DATE)
    text = typed("Elm Cafe\n7 Rose Street\n4030 Hilltown\nDate: 03/04/2018")
    assert settle(read, text, known(ADDRESS_KEY, vendor_name="Oak Bakery Ltd", date_order="day_first"), FORM) == read
    assert settle(read, text, known(ADDRESS_KEY, date_order="day_first"), FORM) == read


def test_a_known_spelling_is_surer_and_a_missing_one_is_found() -> None:
    habits = known(TAX_KEY, vendor_name="OAK BAKERY LTD", vendor_address="7 Rose Street, 4030 Hilltown")
    found = settle(of_oak(vendor_tax_id="GB 123456789"), TEXT, habits, RECEIPT).fields
    assert found["vendor_name"].value == NAME.value
    assert found["vendor_name"].confidence > NAME.confidence
    assert found["vendor_address"].value == "7 Rose Street, 4030 Hilltown"
    assert found["vendor_address"].evidence.words == ("7", "Rose", "Street", "4030", "Hilltown")


def test_another_house_of_the_vendor_is_another_address() -> None:
    read = of_oak(vendor_address="9 Rose Street, 4030 Hilltown")
    text = typed("Oak Bakery Ltd\n9 Rose Street\n4030 Hilltown")
    assert settle(read, text, known(vendor_address="7 Rose Street, 4030 Hilltown"), FORM) == read


def test_the_surer_key_goes_first() -> None:
    read = of_oak(vendor_tax_id="GB 123456789", document_date=DATE)
    both = known(TAX_KEY, date_order="day_first") | known(NAME_KEY, date_order="month_first")
    assert settle(read, TEXT, both, RECEIPT).fields["document_date"].value == "2018-04-03"


def test_what_the_sender_wrote_for_machines_stays() -> None:
    attached = DATE.model_copy(
        update={"evidence": DATE.evidence.model_copy(update={"attachment": "factur-x.xml#IssueDateTime"})}
    )
    read = of_oak(document_date=attached)
    assert settle(read, TEXT, known(date_order="day_first"), FORM) == read
