"""From claims in the lake to customers: joins, splits, names that stay good."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insights.errors import IntakeError
from insights.intake import identity
from insights.store.loads import read_load
from tests.intake.identity.conftest import _ID, People, claim, ref
from tests.store.shop import Shop, batch, order


def flat(*claims):
    return [link for links in claims for link in links]


class TestPlantedPeople:
    """Four systems know the same persons by other keys; the truth is known."""

    @pytest.fixture
    def planted(self):
        chance = random.Random(4)  # noqa: S311 - the same persons each time
        claims, truth = [], []
        for person in range(300):
            ids, phone = set(), f"phone:{person}"
            if chance.random() < 0.8:
                claims.append(claim(f"member:{person}", phone, evidence="crm.members"))
                ids |= {f"member:{person}", phone}
            if chance.random() < 0.6:
                claims.append(claim(f"wecom:w{person}", f"unionid:u{person}", phone))
                ids |= {f"wecom:w{person}", f"unionid:u{person}", phone}
            if chance.random() < 0.5:
                claims.append(claim(f"openid:o{person}", f"unionid:u{person}"))
                ids_of_openid = {f"openid:o{person}", f"unionid:u{person}"}
                if f"unionid:u{person}" not in ids and ids:
                    truth.append(ids_of_openid)  # Nothing says that the two are one person.
                else:
                    ids |= ids_of_openid
            if chance.random() < 0.4:
                claims.append(claim(phone, evidence="pos.sales"))
                if phone in ids or not ids:
                    ids.add(phone)
                else:
                    truth.append({phone})
            if ids:
                truth.append(ids)
        chance.shuffle(claims)
        return claims, {frozenset(map(ref, ids)) for ids in truth}

    def test_are_found_again_exactly(self, people, planted):
        claims, truth = planted
        people.load(*flat(*claims))
        assert people.groups() == truth
        assert len(people.rows("customers")) == len(truth)

    def test_in_several_loads_too(self, people, planted):
        claims, truth = planted
        for part in range(3):
            people.load(*flat(*claims[part::3]))
        assert people.groups() == truth


class TestStrangers:
    def test_with_nothing_but_a_shared_phone_are_never_joined(self, people):
        people.load(*flat(*(claim(f"member:{n}", "phone:7") for n in range(400))))
        assert len(people.groups()) == 400
        assert people.of("phone:7") == [None]

    def test_a_namespace_with_a_colon_would_mix_them_and_is_refused(self, people):
        links = [
            link | {"left_namespace": "a:b", "right_namespace": "a:b"} for link in claim("m:1")
        ]
        with pytest.raises(IntakeError, match="kind 'm' has a colon"):
            people.load(*links)

    def test_in_two_namespaces_are_not_one(self, people):
        other = [link | {"left_namespace": "b", "right_namespace": "b"} for link in claim("m:1")]
        people.load(*claim("m:1"), *other)
        assert len(people.groups()) == 2


class TestNames:
    def test_a_second_load_of_the_same_changes_no_row(self, people):
        links = flat(claim("member:1", "phone:1"), claim("wecom:1", "phone:1"))
        people.load(*links)
        before = people.rows("identities"), people.current.tables
        again = people.load(*links)
        assert (people.rows("identities"), people.current.tables) == before
        assert again is None or again.summary["identities_written"] == 0

    def test_links_as_they_were_are_not_worked_out_again(self, people):
        people.load(*claim("member:1", "phone:1"))
        held = people.current.tables
        assert people.resolve(force=True) is not None
        given = {"before": held, "after": held, "key": None, "loaded_at": None}
        assert identity.resolve(None, None, **given) is None

    def test_the_same_evidence_from_scratch_gives_the_same_names(self, people):
        links = flat(claim("member:1", "phone:1"), claim("wecom:9", "phone:1", at="2025-01-01"))
        people.load(*links, *claim("member:2"))
        elsewhere = People(people.settings, people.settings.brand("other"))
        elsewhere.load(*claim("member:2"))
        elsewhere.load(*reversed(links))
        assert elsewhere.rows("identities", _ID) == people.rows("identities", _ID)

    def test_a_merged_person_keeps_the_oldest_name_and_the_other_is_an_alias(self, people):
        people.load(*claim("member:1", at="2026-01-02"), *claim("wecom:1", at="2026-01-01"))
        member, wecom = people.of("member:1", "wecom:1")
        assert member != wecom
        people.load(*claim("member:1", "wecom:1", at="2026-01-05"))
        assert people.of("member:1", "wecom:1") == [wecom, wecom]
        assert people.aliases() == {member: wecom}
        assert [row[0] for row in people.rows("customers", "customer_id")] == [wecom]

    def test_merges_chain_and_every_alias_leads_to_the_last(self, people):
        ids = [f"member:{n}" for n in range(4)]
        people.load(*flat(*(claim(i, at=f"2026-01-0{9 - n}") for n, i in enumerate(ids))))
        names = people.of(*ids)
        for older, younger in zip(ids[1:], ids, strict=False):
            people.load(*claim(younger, older, at="2026-02-01"))
        assert set(people.of(*ids)) == {names[3]}
        assert people.aliases() == dict.fromkeys(names[:3], names[3])

    def test_a_customer_is_described_by_its_oldest_id(self, people):
        people.load(
            *claim("member:1", "phone:1", at="2026-01-05"),
            *claim("wecom:1", "phone:1", at="2026-01-02", evidence="wecom.contacts"),
            *claim("tmall:1", at="2026-01-03"),
        )
        found = people.rows("customers", "first_source, link_quality, is_staff, is_test")
        assert found == [("crm", "single", False, False), ("wecom", "exact", False, False)]


class TestWithdrawal:
    """Of a snapshot only the latest counts: evidence that is gone takes the join with it."""

    def test_a_join_comes_apart_and_the_older_part_keeps_the_name(self, people):
        people.load(*claim("wecom:1", "phone:1", snapshot="2026-01-10"))
        people.load(*claim("member:1", "phone:1", at="2026-01-09"))
        joined = people.of("wecom:1", "phone:1", "member:1")
        assert len(set(joined)) == 1
        people.load(*claim("wecom:1", snapshot="2026-02-10"))
        wecom, phone, member = people.of("wecom:1", "phone:1", "member:1")
        assert wecom == joined[0]
        assert phone == member != wecom
        assert len(people.rows("customers")) == 2

    def test_an_id_that_nobody_claims_any_more_is_nobodys(self, people):
        people.load(*claim("wecom:1", "phone:1", snapshot="2026-01-10"))
        people.load(*claim("wecom:1", "phone:2", snapshot="2026-02-10"))
        wecom, first, second = people.of("wecom:1", "phone:1", "phone:2")
        assert first is None
        assert wecom == second

    def test_an_older_snapshot_that_comes_later_brings_nothing_back(self, people):
        people.load(*claim("wecom:1", "phone:2", snapshot="2026-02-10"))
        people.load(*claim("wecom:1", "phone:1", snapshot="2026-01-10"))
        assert people.of("phone:1") == [None]

    def test_facts_are_never_withdrawn(self, people):
        people.load(*claim("wecom:1", "phone:1", evidence="pos.sales"))
        people.load(*claim("wecom:1", snapshot="2026-02-10", evidence="wecom.contacts"))
        assert len(set(people.of("wecom:1", "phone:1"))) == 1

    def test_parts_that_join_again_are_one_with_the_names_of_both(self, people):
        together = claim("wecom:1", "phone:1", snapshot="2026-01-10")
        people.load(*together, *claim("member:1", "phone:1", at="2026-01-09"))
        people.load(*claim("wecom:1", snapshot="2026-02-10"))
        wecom, member = people.of("wecom:1", "member:1")
        people.load(*claim("wecom:1", "phone:1", snapshot="2026-03-10"))
        assert people.of("wecom:1", "member:1") == [wecom, wecom]
        assert people.aliases() == {member: wecom}

    def test_a_name_is_never_given_twice(self, people):
        """The younger id founded the customer, then an older time of the other came to light."""
        people.load(*claim("member:1", "wecom:1", at="2026-01-05", snapshot="2026-01-10"))
        founded = people.of("member:1")
        people.load(*claim("wecom:1", at="2025-01-01", evidence="pos.sales"))
        people.load(*claim("member:1", at="2026-02-01", snapshot="2026-02-10"))
        member, wecom = people.of("member:1", "wecom:1")
        assert member != wecom
        assert founded[0] in {member, wecom}


class TestOrderOfLoads:
    LOADS = (
        claim("member:1", "phone:1", at="2026-01-05"),
        claim("wecom:1", "phone:1", at="2026-01-02", snapshot="2026-01-10"),
        claim("wecom:1", "unionid:1", at="2026-01-02", snapshot="2026-02-10"),
        claim("openid:1", "unionid:1", at="2026-01-07"),
        flat(*(claim(f"tmall:{n}", "phone:1", at="2026-01-08") for n in range(6))),
    )

    @settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(order_of_loads=st.permutations(range(len(LOADS))))
    def test_does_not_matter(self, tmp_path_factory, monkeypatch, order_of_loads):
        monkeypatch.setenv("INSIGHTS_ID_KEY", "6b" * 32)
        shop = Shop(tmp_path_factory.mktemp("order"))
        shop.load(batch("orders", order("A", "2026-06-01 10:00:00", "10.00")))
        people = People(shop.settings, shop.settings.brand())
        for number in order_of_loads:
            people.load(*self.LOADS[number])
        apart = [{f"tmall:{n}"} for n in range(6)]
        truth = [{"member:1"}, {"wecom:1", "unionid:1", "openid:1"}, *apart]
        assert people.groups() == {frozenset(map(ref, ids)) for ids in truth}


class TestBesideWhatASourceSays:
    NATIVE = {
        "id_type": "member",
        "namespace": "shop",
        "id_value": "1",
        "customer_id": "shop:1",
        "method": "native",
        "probability": 1.0,
        "first_seen_at": "2026-01-01",
        "last_seen_at": "2026-01-01",
    }

    def test_native_rows_are_left_alone_and_name_the_group(self, people):
        people.load(
            *claim("wecom:1", "member:1", at="2025-01-01"),
            tables=(batch("identities", self.NATIVE),),
        )
        assert people.of("member:1", "wecom:1") == ["shop:1", "shop:1"]
        methods = people.rows("identities", "id_type, method, source")
        assert methods == [("member", "native", "tills"), ("wecom", "deterministic", "identity")]

    def test_without_links_nothing_is_written(self, people):
        held = people.current
        assert people.resolve() is None
        assert people.current.tables == held.tables


class TestStaff:
    def test_their_ids_join_nobody_and_are_said_to_be_staff(self, people):
        links = flat(claim("wecom:g", "phone:1"), claim("member:1", "phone:1"))
        people.load(*links, *claim("wecom:g", evidence="brand.staff", is_staff="true"))
        guide, member = people.of("wecom:g", "member:1")
        assert guide != member
        assert dict(people.rows("customers", "customer_id, is_staff")) == {
            guide: True,
            member: False,
        }

    def test_a_guides_phone_on_the_orders_of_many_joins_none_of_them(self, people):
        buyers = [claim(f"buyer:{n}", "phone:1", evidence="shop.orders") for n in range(3)]
        walk_in = claim("phone:1", evidence="till.sales")
        people.load(*flat(*buyers, walk_in), *claim("phone:1", evidence="staff", is_staff="true"))
        guide, *others = people.of("phone:1", "buyer:0", "buyer:1", "buyer:2")
        assert len({guide, *others}) == 4
        assert dict(people.rows("customers", "customer_id, is_staff")) == {
            guide: True,
            **dict.fromkeys(others, False),
        }


class TestWhatCustomersAreLike:
    def test_the_newest_record_that_says_it_tells(self, people):
        people.load(
            *claim("member:1", "phone:1", snapshot="2026-03-01", city="杭州", birth_month="5"),
            *claim("wecom:1", "phone:1", at="2026-04-01", city="上海", gender="female"),
        )
        assert people.rows("customers", "city, birth_month, gender, province") == [
            ("上海", 5, "female", None)
        ]

    def test_an_older_snapshot_of_a_record_tells_nothing_any_more(self, people):
        people.load(*claim("member:1", snapshot="2026-03-01", city="杭州"))
        people.load(
            *claim("member:1", snapshot="2026-04-01", city="宁波", consent_marketing="true")
        )
        assert people.rows("customers", "city, consent_marketing") == [("宁波", True)]


def test_an_earlier_load_still_has_its_own_identities(people):
    people.load(*claim("member:1"))
    earlier = people.current
    people.load(*claim("member:2"))
    assert read_load(people.folder, earlier.load_id).tables == earlier.tables
