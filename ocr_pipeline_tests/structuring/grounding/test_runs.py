from ocr_pipeline.structuring.grounding.runs import sheets_of
from ocr_pipeline_tests.structuring.typed import typed

TEXT = typed("""
    Seller Ltd       Buyer Inc
    12 High Street   7 Low Road
    TOTAL:5.00       C0RNER
""")


def texts(value: str, fold: bool = False) -> set[tuple[str, int, bool, int]]:
    return {
        (" ".join(TEXT.words[word].text for word in run.words), run.look_alikes, run.is_part, run.rows)
        for sheet in sheets_of(TEXT)
        for run in sheet.spelled(value, fold)
    }


def test_in_one_cell_across_and_down() -> None:
    assert texts("high street") == {("High Street", 0, False, 0)}
    assert ("Ltd Buyer", 0, False, 0) in texts("Ltd Buyer")
    assert ("Buyer Inc 7 Low", 0, False, 1) in texts("Buyer Inc, 7 Low")


def test_parts_of_words() -> None:
    assert texts("Total") == {("TOTAL:5.00", 0, True, 0)}
    assert texts("otal") == set()


def test_look_alikes() -> None:
    assert texts("Corner") == set()
    assert texts("Corner", fold=True) == {("C0RNER", 1, False, 0)}


def test_nothing_is_nowhere() -> None:
    assert texts("") == set()
    assert texts("--") == set()
