"""Listing an inbox a share at a time: bounded, and every file is found."""

from datetime import UTC, datetime, timedelta

import pytest

from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.sensors import look as looking
from ocr_pipeline.orchestration.sensors.look import OVERLAP, Cursor, look
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.objects import ObjectStore, Page

MANY = 23


@pytest.fixture
def small_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "PAGES", 2)
    monkeypatch.setattr(looking, "KEYS_A_PAGE", 3)


@pytest.fixture
def many(resource: Services, prefix: str) -> list[str]:
    keys = [f"{prefix}{number % 4}/{number:02}.jpg" for number in range(MANY)]
    for key in keys:
        resource.store.put(key, b"x")
    return keys


def entered(services: Services, keys: list[str]) -> int:
    return len(services.ledger.documents_of(keys))


def test_a_look_lists_its_share_and_the_next_one_goes_on_until_all_is_found(
    resource: Services, prefix: str, many: list[str], small_looks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[Page] = []
    list_page = ObjectStore.page

    def counted(*args: object) -> Page:
        pages.append(list_page(*args))  # type: ignore[arg-type]  # handed on as they are
        return pages[-1]

    monkeypatch.setattr(ObjectStore, "page", counted)
    cursor, found = Cursor(prefix=prefix), 0
    for number in range(1, 20):
        new, cursor = look(resource, cursor)
        found += new
        assert entered(resource, many) == found <= 6 * number
        assert len(pages) <= 2 * number
        assert all(len(page.files) <= 3 for page in pages)
        if cursor.place is None:
            break

    assert (found, number) == (MANY, 4)


def test_the_next_round_compares_only_what_came_since_and_writes_nothing_for_what_is_known(
    resource: Services, prefix: str, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    new, cursor = look(resource, Cursor(prefix=prefix))
    assert new == MANY
    assert cursor.newest is not None
    asked: list[int] = []
    register = Ledger.register

    def counted(ledger: Ledger, arrivals: list[object], tenant: str) -> list[str]:
        asked.append(len(arrivals))
        return register(ledger, arrivals, tenant)  # type: ignore[arg-type]  # handed on as they are

    monkeypatch.setattr(Ledger, "register", counted)
    later = cursor.newest + OVERLAP + timedelta(seconds=1)

    assert look(resource, cursor).new == 0
    assert look(resource, cursor.model_copy(update={"newest": later, "begun": later})).new == 0

    assert asked == [MANY, 0]


def test_a_file_that_a_long_round_has_passed_by_is_found_by_the_next(
    resource: Services, prefix: str, many: list[str], small_looks: None
) -> None:
    cursor = look(resource, Cursor(prefix=prefix)).cursor
    resource.store.put(f"{prefix}0/-passed-by.jpg", b"x")
    passed_by = [f"{prefix}0/-passed-by.jpg"]
    # Since then the round has gone on for so long that a newer file was seen.
    newest = datetime.now(UTC) + 3 * OVERLAP
    while cursor.place is not None:
        cursor = look(resource, cursor).cursor.model_copy(update={"newest": newest})
    assert entered(resource, passed_by) == 0

    cursor = look(resource, cursor).cursor

    assert cursor.since is not None
    assert entered(resource, passed_by) == 1


def test_a_place_that_the_store_forgot_begins_the_round_anew(
    resource: Services, prefix: str, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    list_page = ObjectStore.page

    def page(store: ObjectStore, prefix: str, begin: str | None, most: int) -> Page:
        if begin is not None:
            raise LookupError(begin)
        return list_page(store, prefix, None, most)

    monkeypatch.setattr(ObjectStore, "page", page)

    assert look(resource, Cursor(prefix=prefix, place="forgotten", begun=datetime.now(UTC))).new == MANY


@pytest.mark.parametrize("text", [None, "", "{}", "nonsense", '{"newest": 7}', '{"prefix": "another/", "place": "x"}'])
def test_a_cursor_that_says_nothing_of_this_inbox_makes_everything_be_compared(text: str | None) -> None:
    cursor = Cursor.of(text, "inbox/").at_round(datetime.now(UTC))

    assert (cursor.prefix, cursor.place, cursor.since) == ("inbox/", None, None)


def test_a_cursor_is_kept_as_text() -> None:
    now = datetime.now(UTC)
    cursor = Cursor(prefix="inbox/", place="x", since=now, begun=now, newest=now, full=now)

    assert Cursor.of(cursor.model_dump_json(exclude_none=True), "inbox/") == cursor
