from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.documents.model import State
from ocr_pipeline.documents.options import NO_OPTIONS
from ocr_pipeline.orchestration.groups import Group, together_and_alone
from ocr_pipeline.storage.ledger_rows import LedgerDocument


def document(id_: str, sha256: str | None) -> LedgerDocument:
    return LedgerDocument(
        id=id_, tenant="default", subject=None, options=NO_OPTIONS, file="a.pdf", object_key="inbox/a.pdf", etag="e",
        size=1, batch="b", state=State.PROCESSING, sha256=sha256, pages=None, refusal=None, reason=None, seconds={},
        versions={}, arrived_at=datetime(2026, 11, 22, tzinfo=UTC), finished_at=None, erased_at=None,
    )  # fmt: skip


def ids(groups: list[Group]) -> list[list[str]]:
    return [[document.id for document in group] for group in groups]


def test_the_same_content_goes_together_and_what_was_begun_alone_the_most_blamed_last() -> None:
    contents = {"0": "a", "1": None, "2": "b", "3": "a", "4": "c", "5": None}
    documents = [document(id_, content) for id_, content in contents.items()]

    together, alone = together_and_alone(documents, {"2": 2, "3": 1, "5": 3})

    assert ids(together) == [["1"], ["4"]]
    assert ids(alone) == [["0", "3"], ["2"], ["5"]]


@given(contents=st.lists(st.sampled_from(["a", "b", None]), max_size=8), blamed=st.lists(st.integers(0, 7), max_size=8))
def test_no_document_is_left_out_or_taken_twice(contents: list[str | None], blamed: list[int]) -> None:
    documents = [document(str(number), content) for number, content in enumerate(contents)]

    together, alone = together_and_alone(documents, {str(number): blamed.count(number) for number in blamed})

    taken = [id_ for group in ids([*together, *alone]) for id_ in group]
    assert sorted(taken) == [document.id for document in documents]
