"""Files of WeCom one after the other: one friendship is one row, whichever file tells of it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.intake.book import Book
from tests.samples.sample import Row
from tests.samples.wecom import acquisition_customers, contact_events, contacts, mass_results
from tests.store.shop import Shop

ID = "wecom:main:wmAAA1:amy:20260105100000"
SATURDAY, SUNDAY = "2026-01-31 06:00:00", "2026-02-01 06:00:00"


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.setenv("INSIGHTS_ID_KEY", "0" * 64)
    return Book(Shop(tmp_path))


def load(book: Book, name: str, document: Any, **scope: str) -> None:
    path = book.shop.settings.root / f"{name}.json"
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    report = book.load_file(path, **scope)
    assert not report.refused_files
    assert not any(account.rows_refused for account in report.files)


def friends(*found: Row) -> Row:
    return {"external_contact_list": list(found), "next_cursor": ""}


def test_a_list_and_an_event_tell_of_one_friendship(book):
    amy = contacts.friend("wmAAA1", "amy", contacts.AT, "oUnion1")
    load(book, "events", [contact_events.event("add_external_contact", State="card_7")])
    load(book, "list", friends(amy), exported_at=SUNDAY)
    columns = "contact_id, state, CAST(listed_at AS VARCHAR), customer_ref"
    assert book.rows("contacts", columns) == [
        (ID, "card_7", SUNDAY, "unionid:openplatform:oUnion1")
    ]


def test_a_list_tells_who_was_lost_and_an_event_by_whom(book):
    a = contacts.friend("wmAAA1", "amy", contacts.AT)
    b = contacts.friend("wmAAA2", "amy", contacts.AT)
    of_ben = contacts.friend("wmAAA1", "ben", contacts.AT)
    load(book, "saturday", friends(a, b, of_ben), exported_at=SATURDAY)
    load(book, "sunday", friends(b), exported_at=SUNDAY)
    assert book.ends() == {"wmAAA1 amy": (SUNDAY, "unknown")}
    load(book, "events", [contact_events.event("del_follow_user", 3600)])
    assert book.ends() == {"wmAAA1 amy": ("2026-01-05 11:00:00", "customer")}


def test_a_message_that_found_no_friend_ends_the_friendship(book):
    load(book, "list", friends(contacts.friend("wmAAA2", "amy", contacts.AT)), exported_at=SUNDAY)
    load(book, "results", mass_results.SAMPLE.document, exported_at="2026-02-03 06:00:00")
    assert book.ends() == {"wmAAA2 amy": ("2026-02-03 06:00:00", "unknown")}


def test_a_link_tells_of_its_friends_whether_they_ever_wrote(book):
    came = [contacts.friend(f"wmAAA{n}", "amy", contacts.AT, add_way=16) for n in (0, 1, 2)]
    load(book, "list", friends(*came), exported_at=SUNDAY)
    load(book, "link", acquisition_customers.SAMPLE.document, exported_at=SUNDAY)
    columns = "string_split(contact_id, ':')[3], customer_spoke"
    assert book.rows("contacts", columns) == [("wmAAA0", False), ("wmAAA1", True), ("wmAAA2", None)]


def test_days_of_nobody_are_refused(book):
    """Asked for several accounts at once, the answer adds them up; it must say whose it is."""
    from tests.samples.wecom import behavior  # noqa: PLC0415 - it is spoiled here only

    documents = [{k: v for k, v in d.items() if k != "userid"} for d in behavior.SAMPLE.document]
    path = book.shop.settings.root / "behaviour.json"
    path.write_bytes(replace(behavior.SAMPLE, document=documents).content())
    (refused,) = book.load_file(path).refused_files
    assert refused.reason == "scope_missing"
    assert "--set staff=" in refused.message


def test_a_list_without_its_last_page_is_said_to_be_a_part(book):
    first = friends(contacts.friend("wmAAA1", "amy", contacts.AT)) | {"next_cursor": "more"}
    last = friends(contacts.friend("wmAAA2", "amy", contacts.AT))
    for name, document, is_part in (("first", first, True), ("both", [first, last], False)):
        path = book.shop.settings.root / f"{name}.json"
        path.write_text(json.dumps(document), "utf-8")
        (account,) = book.load_file(path, exported_at=SUNDAY).files
        assert any("a part of the list" in said for said in account.warnings) == is_part
