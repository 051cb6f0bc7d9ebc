from ocr_pipeline.structuring.ranking.page_frame import PageFrame
from ocr_pipeline_tests.structuring.typed import CHARACTER, typed_rows


def test_only_the_first_page_counts() -> None:
    rows = typed_rows("  Tea  2.00\n    Rice", "Total 5.00")
    page = PageFrame(rows)
    assert [row.text for row in page.rows] == ["Tea 2.00", "Rice"]
    assert (page.left, page.width) == (0, 9 * CHARACTER)  # typed text is dedented
    assert [page.row(number) for number in (-1, 0, 1, 2)] == [None, rows[0], rows[1], None]
    assert page.row_of(rows[1].run) == 1
    assert page.row_of(rows[2].run) is None
