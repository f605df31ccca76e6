"""Which ids hang together, and what the guards keep apart; on numbers alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.intake.identity.grouping import NOBODY, Ids, group

KINDS = {"phone": 0, "member": 1, "wecom": 2, "tmall": 3}


def grouped(pairs, *, anchors=None, staff=()):
    """Group named ids, the oldest first as they come; `member1` is of kind member."""
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    at = {name: number for number, name in enumerate(names)}
    ids = Ids(
        kind=np.array([KINDS[name.rstrip("0123456789")] for name in names], np.int64),
        phone=KINDS["phone"],
        anchor=np.array([anchors is None or name in anchors for name in names], bool),
        staff=np.array([name in staff for name in names], bool),
    )
    left = np.array([at[a] for a, _ in pairs], np.int64)
    right = np.array([at[b] for _, b in pairs], np.int64)
    found = group(ids, left, right)
    root = {
        name: names[r] if r != NOBODY else None for name, r in zip(names, found.root, strict=True)
    }
    return (
        root,
        {n for n in names if found.shared[at[n]]},
        {n for n in names if found.review[at[n]]},
    )


class TestJoins:
    def test_a_group_is_named_by_its_oldest_id(self):
        root, *_ = grouped([("member1", "phone1"), ("wecom1", "phone1"), ("tmall1", "wecom1")])
        assert set(root.values()) == {"member1"}

    def test_strangers_stay_apart(self):
        root, shared, review = grouped([("member1", "phone1"), ("member2", "phone2")])
        assert root == {
            "member1": "member1",
            "phone1": "member1",
            "member2": "member2",
            "phone2": "member2",
        }
        assert (shared, review) == (set(), set())

    def test_nothing_in_gives_nothing(self):
        assert grouped([])[0] == {}

    @given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40))
    def test_it_is_reachability_whatever_the_order(self, numbers):
        """Kinds are many enough that no guard is met."""
        count = 31
        ids = Ids(np.arange(count), -1, np.ones(count, bool), np.zeros(count, bool))
        left, right = (np.array([n[i] for n in numbers], np.int64) for i in (0, 1))
        oldest = list(range(count))
        for _ in range(count):
            for a, b in numbers:
                oldest[a] = oldest[b] = min(oldest[a], oldest[b])
        assert group(ids, left, right).root.tolist() == oldest
        assert group(ids, right[::-1], left[::-1]).root.tolist() == oldest


class TestSharedPhones:
    def pairs(self, people, kind="member"):
        return [(f"{kind}{n}", "phone0") for n in range(people)]

    def test_five_people_of_one_kind_may_have_a_phone(self):
        root, shared, _ = grouped(self.pairs(5))
        assert set(root.values()) == {"member0"}
        assert shared == set()

    def test_a_phone_of_six_joins_nobody_and_is_nobodys(self):
        root, shared, review = grouped(self.pairs(6))
        assert shared == {"phone0"}
        assert root == {f"member{n}": f"member{n}" for n in range(6)} | {"phone0": None}
        assert review == set()

    def test_ids_of_one_person_in_many_systems_are_one_claimant_each(self):
        pairs = [(f"{kind}{n}", "phone0") for kind in ("member", "wecom", "tmall") for n in (1, 2)]
        root, shared, _ = grouped(pairs)
        assert (set(root.values()), shared) == ({"member1"}, set())

    def test_ids_that_better_evidence_joins_count_once(self):
        pairs = [(f"wecom{n}", "member1") for n in range(7)]
        root, shared, _ = grouped(pairs + [(f"wecom{n}", "phone0") for n in range(7)])
        assert (set(root.values()), shared) == ({"wecom0"}, set())

    def test_a_phone_that_many_phones_claim_is_shared_too(self):
        _, shared, _ = grouped([(f"phone{n}", "phone99") for n in range(6)])
        assert shared == {"phone99"}

    def test_its_people_may_still_join_by_what_else_they_have(self):
        root, *_ = grouped([*self.pairs(7), ("member1", "wecom1"), ("member2", "wecom1")])
        assert root["member2"] == root["wecom1"] == "member1"


class TestGroupsTooLargeForOnePerson:
    def chain(self, count, kind):
        return [(f"member{n // 50}", f"{kind}{n}") for n in range(count)]

    @pytest.mark.parametrize(("kind", "most"), [("phone", 6), ("wecom", 10)])
    def test_as_many_are_one_person_and_one_more_is_nobody(self, kind, most):
        assert grouped(self.chain(most, kind))[2] == set()
        root, _, review = grouped(self.chain(most + 1, kind), anchors={"member0"})
        assert len(review) == most + 2
        assert root == {"member0": "member0"} | {f"{kind}{n}": None for n in range(most + 1)}

    def test_each_record_keeps_a_customer_of_its_own(self):
        root, _, review = grouped(self.chain(11, "wecom"))
        assert review == set(root)
        assert all(root[name] == name for name in root)

    def test_others_are_not_touched_by_it(self):
        root, _, review = grouped([*self.chain(11, "wecom"), ("tmall1", "phone1")])
        assert root["phone1"] == "tmall1"
        assert not review & {"tmall1", "phone1"}


class TestStaff:
    def test_an_id_of_staff_joins_nobody(self):
        pairs = [("member1", "phone1"), ("member2", "phone1"), ("member1", "wecom1")]
        root, *_ = grouped(pairs, staff={"phone1"}, anchors={"member1", "member2"})
        assert root == {"member1": "member1", "member2": "member2", "phone1": None} | {
            "wecom1": "member1"
        }

    def test_a_record_of_staff_is_a_customer_of_its_own(self):
        root, *_ = grouped([("wecom1", "phone1"), ("member1", "phone1")], staff={"wecom1"})
        assert root["wecom1"] == "wecom1"
        assert root["member1"] == root["phone1"]
