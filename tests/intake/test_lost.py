"""Snapshots in, losses out: who is listed no more, who never was, and who is listed again."""

from itertools import permutations

import pytest

from insights.store.loads import read_current
from tests.intake.book import Book

CORP = "ww0001"
ADDED = "2026-01-05 10:00:00"


def stamp(moment):
    return moment.translate(str.maketrans("", "", "-: "))


def friend(who, staff="amy", *, listed=None, added=ADDED, **more):
    return {
        "contact_id": f"wecom:{CORP}:{who}:{staff}:{stamp(added)}",
        "customer_ref": f"external_userid:{CORP}:{who}",
        "staff_id": staff,
        "corp": CORP,
        "added_at": added,
        "listed_at": listed,
        "deleted_at": None,
        "deleted_by": None,
    } | more


def happened(who, kind, at, detail=None, *, staff="amy", channel="chat"):
    return {
        "touch_id": f"wecom:{CORP}:{who}:{staff}:{kind}:{at}",
        "at": at,
        "customer_ref": f"external_userid:{CORP}:{who}",
        "staff_id": staff,
        "channel": channel,
        "kind": kind,
        "detail": detail,
    }


def member(who, listed, group="g1", joined=ADDED):
    return {
        "touch_id": f"wecom:{CORP}:group:{group}:{who}:join:{stamp(joined)}",
        "at": joined,
        "customer_ref": f"external_userid:{CORP}:{who}",
        "channel": "group",
        "kind": "join",
        "listed_at": listed,
    }


@pytest.fixture
def book(shop):
    return Book(shop)


MONDAY, TUESDAY, FRIDAY = (f"2026-02-{day:02} 06:00:00" for day in (2, 3, 6))


class TestWhoIsListedNoMore:
    def test_ended_at_the_first_list_without_them(self, book):
        book.load(friend("a", listed=MONDAY), friend("b", listed=MONDAY))
        assert book.ends() == {}
        book.load(friend("b", listed=TUESDAY))
        assert book.ends() == {"a amy": (TUESDAY, "unknown")}
        book.load(friend("b", listed=FRIDAY))
        assert book.ends() == {"a amy": (TUESDAY, "unknown")}

    def test_of_an_account_whose_list_is_not_there_nobody_is_lost(self, book):
        book.load(
            friend("a", listed=MONDAY), *(friend(f"c{n}", "ben", listed=MONDAY) for n in "12")
        )
        book.load(friend("b", listed=TUESDAY))
        assert book.ends() == {"a amy": (TUESDAY, "unknown")}

    def test_several_lists_in_one_load_tell_the_first_without_them(self, book):
        book.load(
            friend("a", listed=MONDAY),
            *(friend("b", listed=day) for day in (MONDAY, TUESDAY, FRIDAY)),
            friend("c", listed=TUESDAY),
        )
        assert set(book.ends()) == {"a amy", "c amy"}
        assert book.ends()["c amy"] == (FRIDAY, "unknown")

    def test_pages_of_one_export_are_one_list(self, book):
        book.load(
            friend("a", listed="2026-02-02 06:00:00"), friend("b", listed="2026-02-02 06:04:00")
        )
        assert book.ends() == {}

    def test_loading_again_changes_nothing(self, book):
        book.load(friend("a", listed=MONDAY), friend("b", listed=MONDAY))
        book.load(friend("b", listed=TUESDAY))
        held = read_current(book.folder).tables["contacts"]
        settled = book.load(friend("b", listed=TUESDAY))
        assert settled is None
        assert book.load(friend("a", listed=MONDAY)) is None
        assert read_current(book.folder).tables["contacts"].files == held.files

    def test_settling_again_changes_nothing(self, book):
        book.load(friend("a", listed=MONDAY), friend("b", listed=MONDAY))
        book.load(friend("b", listed=TUESDAY), member("a", MONDAY), member("b", TUESDAY))
        settled = book.settle({})
        assert settled.summary == {"contacts_settled": 0, "groups_left": 0}

    def test_who_is_listed_again_was_never_gone(self, book):
        book.load(friend("a", listed=MONDAY), friend("b", listed=MONDAY))
        book.load(friend("b", listed=TUESDAY))
        book.load(friend("a", listed=FRIDAY), friend("b", listed=FRIDAY))
        assert book.ends() == {}

    def test_a_new_friendship_of_the_pair_ends_the_old_one_no_later_than_it_begins(self, book):
        again = "2026-02-02 12:00:00"
        book.load(friend("a", listed=MONDAY))
        book.load(friend("a", listed=TUESDAY, added=again))
        assert book.rows("contacts", "added_at::VARCHAR, deleted_at::VARCHAR") == [
            (ADDED, again),
            (again, None),
        ]

    def test_a_list_from_before_the_friendship_does_not_speak_of_it(self, book):
        book.load(friend("b", listed=MONDAY), friend("a", added=TUESDAY))
        assert book.ends() == {}

    def test_a_list_that_comes_late_takes_nobody_who_is_listed_since(self, book):
        book.load(friend("a", listed=FRIDAY), friend("b", listed=FRIDAY))
        book.load(friend("b", listed=MONDAY))
        assert book.ends() == {}


class TestWhatEventsTell:
    @pytest.mark.parametrize("who", ["customer", "staff", "transfer"])
    def test_comes_first(self, book, who):
        deleted = "2026-02-02 15:00:00"
        book.load(friend("a", listed=MONDAY), friend("b", listed=MONDAY))
        book.load(friend("b", listed=TUESDAY))
        book.load(happened("a", "unfollow", deleted, who))
        assert book.ends() == {"a amy": (deleted, who)}
        book.load(friend("b", listed=FRIDAY), friend("a", listed=FRIDAY))  # A stale row.
        assert book.ends() == {"a amy": (deleted, who)}

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_in_any_order(self, book, order):
        parts = [
            [friend("a", listed=MONDAY), friend("b", listed=MONDAY)],
            [friend("b", listed=TUESDAY)],
            [happened("a", "unfollow", "2026-02-02 15:00:00", "customer")],
        ]
        for number in order:
            book.load(*parts[number])
        assert book.ends() == {"a amy": ("2026-02-02 15:00:00", "customer")}

    def test_ends_the_friendship_in_which_it_happened(self, book):
        book.load(
            friend("a"),
            friend("a", added="2026-03-01 10:00:00"),
            happened("a", "unfollow", "2026-02-01 10:00:00", "customer"),
            happened("a", "unfollow", "2026-02-01 11:00:00", "staff"),
        )
        assert book.rows("contacts", "added_at::VARCHAR, deleted_at::VARCHAR, deleted_by") == [
            (ADDED, "2026-02-01 10:00:00", "customer"),
            ("2026-03-01 10:00:00", None, None),
        ]

    def test_of_another_account_is_another_matter(self, book):
        book.load(friend("a"), happened("a", "unfollow", MONDAY, "customer", staff="ben"))
        assert book.ends() == {}

    def test_one_beginning_told_twice_is_one_friendship(self, book):
        book.load(friend("a", added="2026-01-05 10:00:02", state="card"))
        book.load(friend("a", listed=MONDAY))
        assert book.rows("contacts", "added_at::VARCHAR") == [(ADDED,)]
        book.load(friend("a", added="2026-01-05 10:00:02", state="card"))
        assert book.rows("contacts", "added_at::VARCHAR") == [(ADDED,)]

    def test_what_the_source_itself_says_of_the_end_stays(self, book):
        told = {"deleted_at": "2026-01-20 10:00:00", "deleted_by": "staff"}
        book.load(friend("a", **told), friend("b", listed=MONDAY))
        book.load(friend("b", listed=TUESDAY))
        assert book.ends() == {"a amy": ("2026-01-20 10:00:00", "staff")}


class TestWhatMessagesTell:
    def test_a_message_to_no_friend_ends_the_friendship(self, book):
        book.load(friend("a", listed=MONDAY))
        book.load(happened("a", "failed", TUESDAY, "not_a_friend", channel="mass_msg"))
        assert book.ends() == {"a amy": (TUESDAY, "unknown")}

    def test_one_that_failed_for_another_reason_does_not(self, book):
        book.load(friend("a", listed=MONDAY))
        book.load(happened("a", "failed", TUESDAY, "other_message", channel="mass_msg"))
        assert book.ends() == {}

    def test_one_that_arrives_later_takes_it_back(self, book):
        book.load(friend("a"), happened("a", "failed", MONDAY, "not_a_friend", channel="mass_msg"))
        book.load(friend("a", listed=FRIDAY), happened("a", "sent", TUESDAY, channel="mass_msg"))
        assert book.ends() == {}

    @pytest.mark.parametrize(("detail", "spoke"), [("spoke", True), ("silent", False)])
    def test_a_link_tells_whether_the_customer_wrote(self, book, detail, spoke):
        book.load(happened("a", "click", FRIDAY, detail), happened("b", "click", FRIDAY, detail))
        book.load(friend("a", add_way="16"), friend("b", add_way="1"), friend("c", add_way="16"))
        columns = "string_split(contact_id, ':')[3], customer_spoke"
        assert dict(book.rows("contacts", columns)) == {"a": spoke, "b": None, "c": None}


class TestWhoLeftAGroup:
    def test_left_at_the_first_list_of_the_group_without_them(self, book):
        book.load(member("a", MONDAY), member("b", MONDAY), member("c", MONDAY, "g2"))
        assert book.left() == []
        book.load(member("b", TUESDAY))
        assert book.left() == [("a", TUESDAY)]
        book.load(member("b", FRIDAY))
        assert book.left() == [("a", TUESDAY)]

    def test_who_is_listed_again_never_left(self, book):
        book.load(member("a", MONDAY), member("b", MONDAY))
        book.load(member("b", TUESDAY))
        book.load(member("a", FRIDAY), member("b", FRIDAY))
        assert book.left() == []

    def test_other_events_stay(self, book):
        mine = happened("a", "leave", TUESDAY, "invited out", channel="group")
        book.load(mine, member("b", MONDAY))
        book.load(member("b", FRIDAY))
        assert book.left() == [("a", TUESDAY)]


def test_a_lake_without_friends_is_left_alone(book):
    assert book.load(
        {"touch_id": "t1", "at": MONDAY, "channel": "mail", "kind": "sent", "listed_at": None}
    ).summary == {"groups_left": 0}
    assert book.settle(read_current(book.folder).tables) is None
