from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import membership
from insights.errors import MissingColumns, ParameterError
from insights.results import NotEnoughData, model_in
from tests.truth.plant import Coverage, false_alarms_hold

AS_OF = date(2026, 6, 30)
TODAY = 20_634


def term(n=0, nth=1, ended_ago=100, *, renewed=False, **more):
    return {
        "membership_id": f"M{n}:{nth}",
        "customer_id": f"C{n}",
        "term": nth,
        "started_at": pd.Timestamp("2025-01-01"),
        "ends_no": TODAY - ended_ago,
        "renewed": renewed,
        "next_no": TODAY - ended_ago if renewed else np.nan,
        "today_no": TODAY,
        "fee_amount": 1_000.0,
        "gift_cost_amount": 420.0,
        "net_amount": 2_000.0,
        "gift_value_amount": 1_500.0,
        "discount_amount": np.nan,
        "net_told_amount": 0.0,
    } | more


def terms(*rows):
    return pd.DataFrame(rows)


def years(count, renewed, **more):
    return [term(n, renewed=n < renewed, **more) for n in range(count)]


class TestRenewal:
    def test_of_those_whose_year_ended_so_many_paid_again(self):
        found = membership.renewal(terms(*years(100, 62)), as_of=AS_OF)
        assert found.facts["share"] == 0.62
        assert found.facts["low"] < 0.62 < found.facts["high"]

    def test_a_year_that_has_not_ended_says_nothing(self):
        running = [term(200 + n, ended_ago=-100) for n in range(50)]
        found = membership.renewal(terms(*years(100, 62), *running), as_of=AS_OF)
        assert found.facts["came"] == 100

    def test_a_year_that_ended_last_week_is_undecided_whether_renewed_or_not(self):
        late = [term(200, ended_ago=7), term(201, ended_ago=7, renewed=True)]
        ahead = [term(202 + n, ended_ago=-40, renewed=True, next_no=TODAY - 2) for n in range(9)]
        found = membership.renewal(terms(*years(100, 62), *late, *ahead), as_of=AS_OF)
        assert (found.facts["came"], found.facts["renewed"]) == (100, 62)

    def test_who_pays_again_after_months_had_left_and_is_not_followed_again(self):
        back = [
            row
            for n in range(10)
            for row in (
                term(500 + n, ended_ago=600, renewed=True, next_no=TODAY - 480),
                term(500 + n, 2, ended_ago=110),
            )
        ]
        found = membership.renewal(terms(*years(100, 62), *back), as_of=AS_OF)
        assert (found.facts["came"], found.facts["renewed"], found.facts["returned"]) == (
            110,
            62,
            10,
        )

    def test_renewing_ahead_of_the_end_does_not_raise_the_planted_rate(self):
        """True rate 60%; half of those renew up to 60 days ahead; the programme doubles yearly."""
        gathered, rates = Coverage(0.95), []
        base = terms(*[term(n) for n in range(1_500)])
        for seed in range(40):
            rng = np.random.default_rng(seed)
            ago = np.floor(rng.exponential(365 / np.log(2), 1_500)).astype(int) - 90
            again, ahead = rng.random(1_500) < 0.6, rng.random(1_500) < 0.5
            paid = TODAY - ago - np.where(ahead, rng.integers(0, 61, 1_500), 0)
            seen = again & (paid <= TODAY)
            frame = base.assign(
                ends_no=TODAY - ago, renewed=seen, next_no=np.where(seen, paid, np.nan)
            )
            facts = membership.renewal(frame, as_of=AS_OF).facts
            gathered.add(facts["low"], facts["high"], 0.6)
            rates.append(facts["share"])
        assert gathered.holds()
        assert abs(np.mean(rates) - 0.6) < 4 * np.std(rates) / np.sqrt(40)

    def test_years_that_end_soon_are_counted(self):
        soon = [term(300 + n, ended_ago=-30) for n in range(7)]
        assert membership.renewal(terms(*years(60, 30), *soon), as_of=AS_OF).facts["soon"] == 7

    def test_the_curve_is_the_product_of_its_renewals(self):
        second = [term(n, 2, renewed=n < 40) for n in range(50)]
        found = membership.renewal(terms(*years(100, 50), *second), as_of=AS_OF)
        assert found.table["staying"].tolist() == pytest.approx([0.5, 0.4])

    def test_several_renewals_are_projected_and_the_model_agrees_with_what_was_planted(self):
        """Members leave at rates of their own, Beta(1, 2): two thirds renew, then more."""
        rng = np.random.default_rng(3)
        rows = []
        for n, leave in enumerate(rng.beta(1.0, 2.0, 4_000)):
            for nth in range(1, 5):
                again = bool(rng.random() > leave)
                rows.append(term(n, nth, renewed=again))
                if not again:
                    break
        found = membership.renewal(terms(*rows), as_of=AS_OF)
        assert found.table["expected"].tolist() == pytest.approx(
            [2 / 3, 3 / 4, 4 / 5, 5 / 6], abs=0.02
        )
        assert found.facts["years"] == pytest.approx(
            1 + sum(2 / (2 + k) for k in range(1, 6)), abs=0.1
        )
        card = found.file()
        assert card.name == "model-card-renewal.json"
        kept = model_in(card.text)["parameters"]
        assert kept == {"alpha": found.model.alpha_, "beta": found.model.beta_}
        assert kept["alpha"] / kept["beta"] == pytest.approx(1 / 2, rel=0.15)

    def test_one_renewal_alone_projects_nothing(self):
        found = membership.renewal(terms(*years(100, 62)), as_of=AS_OF)
        assert not found.facts["modelled"]
        assert found.file() is None
        assert "second renewal" in found.caveats[0]

    def test_the_interval_holds_the_planted_rate_as_often_as_it_claims(self):
        rng, gathered = np.random.default_rng(1), Coverage(0.95)
        for _ in range(120):
            facts = membership.renewal(
                terms(*years(120, int(rng.binomial(120, 0.62)))), as_of=AS_OF
            ).facts
            gathered.add(facts["low"], facts["high"], 0.62)
        assert gathered.holds()

    def test_few_ended_years_and_no_years_are_refused(self):
        few = membership.renewal(terms(*years(10, 5)), as_of=AS_OF)
        none = membership.renewal(terms(term()).head(0), as_of=AS_OF)
        assert isinstance(few, NotEnoughData)
        assert isinstance(none, NotEnoughData)
        assert "memberships.csv" in none.bundle().needs

    def test_a_missing_column_is_named(self):
        with pytest.raises(MissingColumns, match="renewed"):
            membership.renewal(terms(term()).drop(columns="renewed"), as_of=AS_OF)


def spends(rng, count=4_000, topping=0.0):
    """Cumulative spend; of those short of 3,000 by up to 1,500, some top up to as far beyond it."""
    spend = rng.uniform(0, 6_000, count)
    tops = (spend < 3_000) & (spend > 1_500) & (rng.random(count) < topping)
    spend = np.where(tops, 6_000 - spend, spend)
    return pd.DataFrame({"customer_id": [f"C{n}" for n in range(count)], "total_amount": spend})


def gifts(now, **how):
    return membership.gifts(now, as_of=AS_OF, lines=[3_000], near=200, **how)


class TestGifts:
    def test_who_is_near_is_counted_at_the_next_line_only(self):
        now = pd.DataFrame(
            {"customer_id": list("abcd"), "total_amount": [4_900, 5_000, 9_850, 4_000]}
        )
        found = membership.gifts(now, as_of=AS_OF, lines=[5_000, 10_000], near=200)
        assert found.near_rows["customer_id"].tolist() == ["a", "c"]
        assert found.near_rows["distance"].tolist() == [100, 150]

    def test_people_who_top_up_are_seen_and_the_effect_is_refused_in_words(self):
        now = spends(np.random.default_rng(1), topping=0.5)
        then = now.assign(bought=np.random.default_rng(2).random(len(now)) < 0.3)
        found = gifts(now, then=then)
        assert found.claims[1].key == "gathering"
        assert np.isnan(found.table.loc[0, "jump"])
        assert found.table.loc[0, "compared"] == "not compared: people gather there"

    def test_people_who_gathered_then_are_not_compared_though_they_do_not_gather_now(self):
        rng = np.random.default_rng(3)
        then = spends(rng, topping=0.5).assign(bought=rng.random(4_000) < 0.3)
        assert np.isnan(gifts(spends(rng), then=then).table.loc[0, "jump"])

    def test_evenness_is_called_gathering_no_more_often_than_said(self):
        alarms = sum(gifts(spends(np.random.default_rng(s))).facts["gathering"] for s in range(100))
        assert false_alarms_hold(alarms, 100, 0.05)

    @pytest.mark.parametrize("effect", [0.0, 0.25])
    def test_the_planted_jump_lies_within_its_interval(self, effect):
        gathered, tried = Coverage(0.95), 0
        for seed in range(60):
            rng = np.random.default_rng(seed)
            then = spends(rng)
            level = (
                0.2 + 0.3 * then["total_amount"] / 6_000 + effect * (then["total_amount"] >= 3_000)
            )
            found = gifts(spends(rng), then=then.assign(bought=rng.random(4_000) < level))
            row = found.table.loc[0]
            if not np.isnan(row["jump"]):
                tried += 1
                gathered.add(row["low"], row["high"], effect)
        assert tried > 45
        assert gathered.holds()

    def test_few_people_beside_a_line_are_said_to_be_too_few(self):
        found = gifts(spends(np.random.default_rng(4), count=60))
        assert found.table.loc[0, "verdict"] == "too few people"
        assert [c.key for c in found.claims] == ["near_a_gift"]

    def test_where_gathering_would_escape_the_test_its_silence_licenses_no_comparison(self):
        """About 100 a side: enough to test by, too few to see twice as many above."""
        rng = np.random.default_rng(8)
        then = spends(rng, count=300).assign(bought=rng.random(300) < 0.3)
        found = gifts(then.drop(columns="bought"), then=then)
        row = found.table.loc[0]
        assert row["verdict"] == "too few people to see gathering"
        assert row["seen_from"] > 2
        assert np.isnan(row["jump"])
        assert [c.key for c in found.claims] == ["near_a_gift"]
        assert any("mostly not be seen" in caveat for caveat in found.caveats)

    def test_a_gathering_as_large_as_stated_is_seen_as_often_as_stated(self):
        """Density above the line is what the test says it sees in 80 of 100 cases."""
        stated = float(np.median([gifts(spends(np.random.default_rng(s))).table.loc[0, "seen_from"]
                                  for s in range(10)]))  # fmt: skip
        seen = 0
        for seed in range(100):
            rng = np.random.default_rng(seed)
            above = rng.random(4_000) < stated / (1 + stated)
            spend = np.where(above, 3_000, 0) + rng.uniform(0, 3_000, 4_000)
            seen += gifts(spends(rng).assign(total_amount=spend)).facts["gathering"]
        assert 65 <= seen <= 93

    def test_no_members_are_refused(self):
        assert isinstance(gifts(spends(np.random.default_rng(5)).head(0)), NotEnoughData)

    @pytest.mark.parametrize("bad", [{"lines": [], "near": 1}, {"lines": [-5], "near": 1},
                                     {"lines": [5], "near": 0}])  # fmt: skip
    def test_amounts_that_cannot_be_are_refused(self, bad):
        with pytest.raises(ParameterError):
            membership.gifts(spends(np.random.default_rng(6)), as_of=AS_OF, **bad)


ADDED = pd.Timestamp("2026-01-01")


def joiners(guides=400, heads=400, seen=150):
    roles = ["guide"] * guides + ["ip"] * heads
    return pd.DataFrame(
        {
            "customer_id": [f"C{n}" for n in range(len(roles))],
            "role": roles,
            "added_at": ADDED,
            "days_seen": seen,
            "days_to_order": pd.array([10] * len(roles), dtype="Int64"),
        }
    )


SOON_AFTER = ADDED + pd.Timedelta(days=20)


def members(numbers, day=SOON_AFTER):
    return pd.DataFrame(
        {"customer_id": [f"C{n}" for n in numbers], "registered_at": day, "paid_at": pd.NaT}
    )


def followed(guide, head, **how):
    here = [*range(guide), *range(400, 400 + head)]
    return membership.joining_steps(joiners(**how), members(here), as_of=AS_OF)


class TestSteps:
    def test_paths_that_differ_are_said_to_and_not_ranked(self):
        found = followed(200, 100)
        assert [c.key for c in found.claims] == ["paths_differ"]
        assert "may lie in the people" in found.claims[0].text("en")

    def test_paths_that_cannot_be_told_apart_are_not(self):
        assert [c.key for c in followed(100, 95).claims] == ["paths_alike"]

    def test_members_before_adding_are_left_out(self):
        known = members(range(50), ADDED - pd.Timedelta(days=5))
        found = membership.joining_steps(joiners(), known, as_of=AS_OF)
        assert found.facts["guide_people"] == 350
        assert found.facts["guide_share"] == 0

    def test_a_registration_after_the_window_does_not_count(self):
        late = members(range(100), ADDED + pd.Timedelta(days=91))
        assert membership.joining_steps(joiners(), late, as_of=AS_OF).facts["guide_share"] == 0

    def test_who_pays_the_fee_without_an_order_is_a_paid_member(self):
        people = joiners().assign(days_to_order=pd.array([pd.NA] * 800, dtype="Int64"))
        known = members(range(60)).assign(paid_at=SOON_AFTER)
        table = membership.joining_steps(people, known, as_of=AS_OF).table
        assert table["people"].tolist()[:4] == [400, 60, 0, 60]

    def test_who_was_added_lately_is_not_followed(self):
        assert isinstance(followed(10, 10, seen=60), NotEnoughData)

    def test_no_difference_is_found_no_more_often_than_said(self):
        rng, alarms = np.random.default_rng(7), 0
        for _ in range(100):
            guide, head = rng.binomial(400, 0.2, 2)
            alarms += followed(int(guide), int(head)).claims[0].key == "paths_differ"
        assert false_alarms_hold(alarms, 100, 0.05)


class TestOfMembers:
    def test_members_of_the_day_and_what_they_bought_after_it(self):
        features = pd.DataFrame(
            {"customer_id": ["C0", "C1", "X"], "total_amount": [10.0, 20.0, 30.0]}
        )
        bought = pd.DataFrame(
            {"customer_id": ["C0", "C1"],
             "paid_at": pd.to_datetime(["2026-02-01 09:00", "2026-09-01 09:00"])}
        )  # fmt: skip
        found = membership.of_members(
            features, members([0, 1], ADDED), as_of=date(2026, 1, 31), purchases=bought
        )
        assert found["customer_id"].tolist() == ["C0", "C1"]
        assert found["bought"].tolist() == [True, False]

    def test_who_registered_later_was_no_member_then(self):
        features = pd.DataFrame({"customer_id": ["C0"], "total_amount": [10.0]})
        assert membership.of_members(features, members([0]), as_of=date(2026, 1, 1)).empty


class TestPace:
    def test_few_members_and_no_members_are_refused(self):
        bought = pd.DataFrame({"customer_id": ["C0"], "paid_at": [pd.Timestamp("2024-06-01")]})
        few = terms(*[term(n, started_no=TODAY - 400) for n in range(20)])
        assert isinstance(membership.pace(bought, few, as_of=AS_OF), NotEnoughData)
        assert isinstance(membership.pace(bought, few.head(0), as_of=AS_OF), NotEnoughData)

    def test_who_first_bought_on_joining_has_no_pace_before(self):
        known = terms(*[term(n, started_no=TODAY - 545) for n in range(150)])
        day = pd.Timestamp("2025-01-01 12:00")
        bought = pd.DataFrame({"customer_id": [f"C{n}" for n in range(150)], "paid_at": day})
        found = membership.pace(bought, known, as_of=AS_OF)
        assert found.facts["members"] == 0
