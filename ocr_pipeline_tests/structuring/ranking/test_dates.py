from ocr_pipeline.structuring.ranking.dates import date_scores
from ocr_pipeline_tests.structuring.ranking.made import facts_of


def best_in(text: str) -> str:
    facts, _ = facts_of(text)
    candidates = [candidate for candidate, _ in facts.dates()]
    scores = date_scores(candidates)
    assert all(0 <= score <= 1 for score in scores)
    return candidates[scores.index(max(scores))].value


def test_the_label_decides_and_else_the_first() -> None:
    assert best_in("Due Date: 01/05/2018    Invoice Date: 05/04/2018") == "2018-04-05"
    assert best_in("Printed 05/04/2018 10:00\nPrinted 06/04/2018") == "2018-04-05"


def test_dates_are_read_as_the_document_reads_them() -> None:
    assert best_in("Fremont, CA 94538\nTotal $5.00\nDate 03/04/2018") == "2018-03-04"
    assert best_in("Kajang\nTotal RM5.00\nDate 03/04/2018") == "2018-04-03"
