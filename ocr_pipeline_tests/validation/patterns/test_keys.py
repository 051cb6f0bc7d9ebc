from ocr_pipeline.validation.patterns.keys import vendor_keys
from ocr_pipeline_tests.validation.records import record


def test_a_vendor_is_known_by_number_name_and_address() -> None:
    found = record(
        vendor_name="Oak Bakery Ltd", vendor_address="7 Rose Street, 4030 Hill", vendor_tax_id="GB 123456789"
    )
    assert vendor_keys(found) == ("tax:68123456789", "name:0AK8AKERY1T0", "address:7R05E5TREET4030H111")


def test_a_misread_look_alike_changes_no_key() -> None:
    assert vendor_keys(record(vendor_name="0AK BAKERY LTD.")) == vendor_keys(record(vendor_name="Oak Bakery Ltd"))


def test_what_many_share_is_no_key() -> None:
    assert vendor_keys(record(vendor_name="Ltd", vendor_address="Main Street", vendor_tax_id="12")) == ()
    assert vendor_keys(record(total="1.00")) == ()


def test_what_no_index_holds_is_no_key() -> None:
    assert vendor_keys(record(vendor_name="A" * 5000)) == ()
