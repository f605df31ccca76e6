"""Of when a list is: the time of its file, unless what is known of its people speaks against it."""

import json
import os
from datetime import datetime, timedelta

import pytest

from insights.intake.lost import ENOUGH
from tests.intake.book import Book
from tests.samples.wecom import contacts, group_members

FIRST = datetime(2026, 1, 5, 10)
JANUARY, FEBRUARY, MARCH, APRIL = (datetime(2026, month, 28, 6) for month in (1, 2, 3, 4))


def epoch(moment):
    return int((moment - timedelta(hours=8) - datetime(1970, 1, 1)).total_seconds())


def people(*numbers, staff="amy"):
    """Friends by number: each was added three days after the one before."""
    return [
        contacts.friend(f"wm{n:03}", staff, epoch(FIRST + timedelta(days=3 * n))) for n in numbers
    ]


@pytest.fixture
def book(shop):
    return Book(shop)


@pytest.fixture
def write(tmp_path):
    def write(name, found, written, cursor=""):
        path = tmp_path / "lists" / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            json.dumps({"errcode": 0, "external_contact_list": found, "next_cursor": cursor})
        )
        os.utime(path, (epoch(written), epoch(written)))
        return path

    return write


def moments(report):
    """The moments that were taken, by file; those that were found are said to be so."""
    return {
        account.file.partition(".")[0]: (account.scope["written_at"], "older than its file" in said)
        for account in report.files
        for said in [" ".join(account.warnings)]
    }


class TestAnOldListInANewFile:
    """Of January, with friends 0-7; the list of March has 8-19, too, and 3 left in between."""

    OLD = people(*range(8))
    NEW = people(0, 1, 2, *range(4, 20))

    def test_ends_no_friendship_and_takes_back_no_loss(self, book, write):
        book.load_file(write("january", people(*range(9)), JANUARY))
        book.load_file(write("new", self.NEW, MARCH))
        assert book.ends() == {"wm003 amy": (str(MARCH), "unknown")}
        report = book.load_file(write("copy", self.OLD, APRIL))
        assert moments(report) == {"copy": ("2026-01-26 10:00:00", True)}
        assert book.ends() == {"wm003 amy": (str(MARCH), "unknown")}

    def test_is_of_its_newest_friends_moment_beside_the_new_one_in_one_load(self, book, write):
        new, old = write("new", self.NEW, MARCH), write("old", self.OLD, MARCH)
        report = book.load_file(new.parent)
        assert old.exists()
        assert moments(report) == {
            "new": (str(MARCH), False),
            "old": ("2026-01-26 10:00:00", True),
        }
        assert book.ends() == {"wm003 amy": (str(MARCH), "unknown")}

    def test_that_was_there_first_ends_no_friendship_either(self, book, write):
        book.load_file(write("copy", self.OLD, APRIL))
        book.load_file(write("new", self.NEW, MARCH))
        assert book.ends() == {}
        book.load_file(write("next", self.NEW[:-1] + people(20), APRIL + timedelta(days=7)))
        assert set(book.ends()) == {"wm003 amy", "wm019 amy"}

    def test_is_of_what_was_said_of_it(self, book, write):
        book.load_file(write("new", self.NEW, MARCH))
        report = book.load_file(write("copy", self.OLD, APRIL), exported_at=str(APRIL))
        assert "written_at" not in report.files[0].scope
        assert len(book.ends()) == 12


class TestTheTimeOfTheFileStays:
    def test_where_the_few_newest_friends_left(self, book, write):
        few = ENOUGH - 1
        book.load_file(write("before", people(*range(10)), MARCH))
        report = book.load_file(write("after", people(*range(10 - few)), APRIL))
        assert moments(report) == {"after": (str(APRIL), False)}
        assert len(book.ends()) == few

    def test_where_another_accounts_friend_is_newer(self, book, write):
        other = people(30, staff="ben")
        book.load_file(write("before", people(*range(10)) + other, MARCH))
        report = book.load_file(write("after", people(0, 1) + other, APRIL))
        assert moments(report) == {"after": (str(APRIL), False)}
        assert len(book.ends()) == 8

    def test_where_the_newest_are_known_to_have_left(self, book, write):
        book.load_file(write("before", people(*range(20)), MARCH))
        assert len(book.ends()) == 0
        book.load_file(write("between", people(*range(8), 20), MARCH + timedelta(days=9)))
        assert len(book.ends()) == 12
        report = book.load_file(write("after", people(*range(8), 20)[::-1], APRIL))
        assert moments(report) == {"after": (str(APRIL), False)}

    def test_of_the_pages_of_one_export(self, book, write):
        book.load_file(write("before", people(*range(20)), FEBRUARY))
        one = write("one", people(*range(8)), MARCH, cursor="more")
        two = write("two", people(*range(8, 20)), MARCH + timedelta(minutes=5))
        (two.parent / "before.json").unlink()
        report = book.load_file(one.parent)
        assert moments(report) == {
            "one": (str(MARCH), False),
            "two": (str(MARCH + timedelta(minutes=5)), False),
        }
        assert book.ends() == {}

    def test_of_a_page_that_comes_alone(self, book, write):
        book.load_file(write("before", people(*range(20)), FEBRUARY))
        one = write("one", people(*range(8)), MARCH, cursor="more")
        assert moments(book.load_file(one)) == {"one": (str(MARCH), False)}


def test_an_old_list_of_a_group_in_a_new_file_lets_nobody_leave(book, tmp_path):
    def members(name, numbers, written):
        listed = [
            {
                "userid": f"wm{n:03}",
                "type": 2,
                "join_time": epoch(FIRST + timedelta(days=3 * n)),
                "join_scene": 3,
            }
            for n in numbers
        ]
        path = tmp_path / f"{name}.json"
        group = {"chat_id": "wrOgQ1", "name": "群", "member_list": listed}
        path.write_text(json.dumps({"errcode": 0, "group_chat": group}))
        os.utime(path, (epoch(written), epoch(written)))
        return path

    book.load_file(members("new", [*range(3), *range(4, 20)], MARCH))
    report = book.load_file(members("copy", range(8), APRIL))
    assert report.files[0].adapter == group_members.SAMPLE.adapter
    assert report.files[0].scope["written_at"] == "2026-01-26 10:00:00"
    assert [who for who, _ in book.left()] == ["wm003"]
