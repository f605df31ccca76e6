"""Every id of a customer is explained, and every claim that was not believed."""

import pytest

from insights.errors import DataError
from insights.intake import identity
from tests.intake.identity.conftest import claim
from tests.intake.identity.test_resolving import flat


def told(links):
    return {link.id.replace("0", ""): link.status for link in links}


class TestWhy:
    def test_the_chain_of_evidence_leads_from_the_oldest_id(self, people):
        people.load(
            *claim("member:1", "phone:1", at="2026-01-01", evidence="crm.members"),
            *claim("wecom:1", "phone:1", "unionid:u", at="2026-01-02", evidence="wecom.contacts"),
        )
        links = people.why(people.of("member:1")[0])
        assert [link.status for link in links] == ["oldest", "joined", "joined", "joined"]
        assert links[0].id == "member:shop:1"
        union = next(link for link in links if link.id.startswith("unionid"))
        assert [step.evidence for step in union.steps] == [
            "crm.members",
            "wecom.contacts",
            "wecom.contacts",
        ]
        assert union.steps[-1].first_seen_at.day == 2

    def test_a_phone_is_shown_by_a_few_letters_only(self, people):
        people.load(*claim("member:1", "phone:1"))
        said = repr(people.why(people.of("member:1")[0]))
        assert "phone:global:00000000…" in said
        assert "0" * 20 not in said

    def test_the_better_evidence_is_told_where_there_is_a_choice(self, people):
        people.load(
            *claim("member:1", "phone:1", "unionid:u"), *claim("w:1", "phone:1", "unionid:u")
        )
        (link,) = [one for one in people.why(people.of("w:1")[0]) if one.id == "w:shop:1"]
        assert not any("phone" in step.left + step.right for step in link.steps)

    def test_an_alias_is_told_and_leads_to_the_customer(self, people):
        people.load(*claim("member:1", at="2026-01-02"), *claim("wecom:1", at="2026-01-01"))
        member, wecom = people.of("member:1", "wecom:1")
        people.load(*claim("member:1", "wecom:1", at="2026-01-05"))
        assert told(people.why(member))[f"customer_id:global:{member}".replace("0", "")] == "alias"
        assert people.why(member) == people.why(wecom)

    def test_a_shared_phone_and_a_withdrawn_one_are_told(self, people):
        people.load(*flat(*(claim(f"member:{n}", "phone:7") for n in range(6))))
        people.load(*claim("member:0", "phone:8", snapshot="2026-01-10", evidence="wecom.contacts"))
        people.load(*claim("member:0", snapshot="2026-02-10", evidence="wecom.contacts"))
        links = people.why(people.of("member:0")[0])
        assert {link.status for link in links} == {"oldest", "shared", "withdrawn"}

    def test_a_group_in_review_is_told(self, people):
        people.load(*flat(*(claim(f"wecom:{n}", "unionid:u") for n in range(11))))
        links = people.why(people.of("wecom:3")[0])
        assert [(link.id, link.status) for link in links] == [
            ("wecom:shop:3", "oldest"),
            ("unionid:shop:u", "review"),
        ]

    def test_staff_is_told(self, people):
        people.load(
            *claim("wecom:g", "phone:1"),
            *claim("m:1", "phone:1"),
            *claim("wecom:g", evidence="staff", is_staff="true"),
        )
        assert people.why(people.of("wecom:g")[0])[-1].status == "staff"

    def test_nobody_is_told_in_words(self, people):
        people.load(*claim("member:1"))
        with pytest.raises(DataError, match="No id leads to a customer 'nobody'"):
            people.why("nobody")


class TestCases:
    def test_shared_phones_and_groups_in_review_are_listed(self, people):
        people.load(
            *flat(*(claim(f"wecom:{n}", "unionid:u") for n in range(11))),
            *flat(*(claim(f"member:{n}", "phone:7") for n in range(7))),
            *claim("tmall:1", "phone:8"),
        )
        review, shared = identity.cases(people.settings, people.brand)
        assert (review.kind, review.ids, review.reason) == ("review", 12, "11 wecom, 1 unionid")
        assert len(review.customers) == 11
        assert (shared.kind, shared.ids, shared.reason) == ("shared", 7, "7 member")
        assert shared.id == "phone:global:00000000…"

    def test_an_empty_lake_has_none(self, people):
        assert identity.cases(people.settings, people.brand) == []
