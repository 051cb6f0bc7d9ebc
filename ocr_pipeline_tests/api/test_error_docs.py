"""The page of errors is the list of errors."""

import re
from pathlib import Path

from ocr_pipeline.error_page import error_page
from ocr_pipeline.errors import ErrorCode

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


def test_the_page_is_what_the_list_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == error_page()


def test_every_code_stands_in_the_page_once() -> None:
    assert sorted(re.findall(r"^\| `(\w+)` \|", error_page(), re.MULTILINE)) == sorted(ErrorCode)


def test_every_row_has_as_many_columns_as_the_head() -> None:
    rows = [line for line in error_page().splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {6}
