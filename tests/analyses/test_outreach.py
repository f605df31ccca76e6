from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from insights.analyses import outreach
from insights.analyses.outreach.drawing import CONTACT, HOLD_OUT
from insights.analyses.outreach.listing import OCCASIONS
from insights.errors import MissingColumns, ParameterError
from insights.results import NotEnoughData
from insights.wording import say
from tests.truth.plant import Coverage, false_alarms_hold

AS_OF = date(2026, 6, 28)


def scored(count=400, seed=1):
    rng = np.random.default_rng(seed)
    usual = rng.gamma(2, 200, count)
    silent = rng.uniform(0.6, 0.95, count)
    return pd.DataFrame(
        {
            "customer_id": [f"C{n:04d}" for n in range(count)],
            "p_silent": silent,
            "usual_spend": usual,
            "value_at_risk": usual * silent,
            "reason": "silent for more than twice the usual gap",
        }
    )


def people(count=400, accounts=8):
    return pd.DataFrame(
        {
            "customer_id": [f"C{n:04d}" for n in range(count)],
            "standing": 1,
            "staff_id": [f"G{n % accounts}" for n in range(count)],
            "consent": pd.array([True] * count, dtype="boolean"),
            "opted_out": False,
            "is_staff": False,
        }
    )


def listed(score=None, who=None, **how):
    return outreach.listing(
        scored() if score is None else score, people() if who is None else who, as_of=AS_OF, **how
    )


class TestListing:
    def test_the_same_week_gives_the_same_people_in_the_same_arms(self):
        shuffled = scored().sample(frac=1, random_state=3)
        pd.testing.assert_frame_equal(listed().rows, listed(shuffled).rows)

    def test_another_week_draws_anew(self):
        later = outreach.listing(scored(), people(), as_of=AS_OF + timedelta(days=7)).rows
        both = listed().rows.merge(later, on="customer_id", suffixes=("", "_later"))
        held = both[both["arm"] == HOLD_OUT]
        assert 0.05 < (held["arm_later"] == HOLD_OUT).mean() < 0.65

    def test_no_account_is_given_more_than_it_can_contact(self):
        found = listed(terms=outreach.Terms(capacity=7))
        contacts = found.rows[found.rows["arm"] == CONTACT].groupby("staff_id").size()
        assert contacts.max() == 7
        assert len(contacts) == 8

    def test_each_account_is_given_so_many_as_it_can_contact_itself(self):
        own = {"G1": 3, "G2": 12, "G3": 0}
        found = listed(terms=outreach.Terms(capacity=7, capacities=own))
        rows = found.rows
        contacts = rows[rows["arm"] == CONTACT].groupby("staff_id").size()
        for account in (f"G{n}" for n in range(8)):
            most = own.get(account, 7)
            assert most - 1 <= contacts.get(account, 0) <= most  # Lots round by one.
        assert not (rows["staff_id"] == "G3").any()  # Nobody is held out for nothing either.
        capacity = next(check for check in found.checks if check.key == "capacity")
        assert capacity.passed
        assert any("3 accounts can contact a number of their own, 0 to 12" in found.say(text)
                   for text in found.caveats)  # fmt: skip

    def test_lots_above_what_an_account_can_do_now_are_said(self):
        first = listed(terms=outreach.Terms(capacity=7)).rows
        kept = first[["customer_id", "arm", "probability"]]
        now = outreach.Terms(capacity=7, capacities={"G1": 3})
        [capacity] = [c for c in listed(drawn=kept, terms=now).checks if c.key == "capacity"]
        assert capacity.passed is False
        assert not capacity.stops
        assert capacity.facts["above"] == 1

    def test_an_account_that_contacts_nobody_is_named_beside_its_capacity(self):
        found = listed(terms=outreach.Terms(capacities={"G1": 3, "G99": 5}))
        [said] = [found.say(text) for text in found.caveats if "nobody's contact" in text]
        assert "now: G99." in said
        assert found.facts["own"] == 1

    def test_the_margin_and_the_share_of_known_sales_stand_beside_the_list(self):
        """Money at a margin that nobody stated, and silence that was never seen, are no facts."""
        found = outreach.listing(
            scored(),
            people(),
            as_of=AS_OF,
            terms=outreach.Terms(margin=0.35),
            identified_share=0.72,
        )
        assert "at 35% of net sales" in found.claims[0].text("en")
        assert any("72% of net sales" in found.say(text) for text in found.caveats)
        assert any("is not given" in listed().say(text) for text in listed().caveats)

    def test_the_most_at_risk_come_first(self):
        found = listed(terms=outreach.Terms(capacity=5))
        risk = scored().set_index("customer_id")["value_at_risk"]
        mine = people()[people()["staff_id"] == "G0"]["customer_id"]
        best = risk[mine].nlargest(len(found.rows.query("staff_id == 'G0'"))).index
        assert set(found.rows.query("staff_id == 'G0'")["customer_id"]) == set(best)

    @pytest.mark.parametrize(
        "spoil",
        [
            {"consent": False},
            {"consent": pd.NA},  # unknown counts as no
            {"opted_out": True},
            {"standing": 0},
            {"is_staff": True},
        ],
    )
    def test_who_may_not_be_contacted_is_not_listed(self, spoil):
        who = people()
        for column, value in spoil.items():
            who.loc[:99, column] = value
        assert not set(listed(who=who).rows["customer_id"]) & set(who["customer_id"][:100])

    def test_who_is_watched_from_an_earlier_list_is_not_drawn_again(self):
        watched = pd.Series([f"C{n:04d}" for n in range(200)])
        assert not set(listed(watched=watched).rows["customer_id"]) & set(watched)

    def test_whom_it_does_not_pay_to_contact_is_left_alone(self):
        found = listed(terms=outreach.Terms(contact_cost=150, margin=0.5))
        assert (found.rows["margin_at_risk"] > 150).all()

    def test_lots_hold_out_the_share_that_is_said_and_nobody_is_likelier_than_others(self):
        held = pd.Series(0.0, index=people()["customer_id"])
        share = listed().facts["share"]
        weeks = 60
        for week in range(weeks):
            rows = outreach.listing(
                scored(), people(), as_of=AS_OF + timedelta(weeks=week)
            ).rows.set_index("customer_id")
            held = held.add((rows["arm"] == HOLD_OUT).astype(float), fill_value=0)
        spread = np.sqrt(share * (1 - share) / weeks)
        often = held[held > 0] / weeks
        assert often.mean() == pytest.approx(share, abs=0.02)
        assert often.std() < 1.3 * spread

    def test_lots_drawn_before_are_kept_and_who_withdrew_is_left_off(self):
        first = listed().rows
        who = people()
        gone = first.loc[first["arm"] == CONTACT, "customer_id"].iloc[0]
        who.loc[who["customer_id"] == gone, "opted_out"] = True
        drawn = first[["customer_id", "arm", "probability"]]
        again = listed(scored(seed=1), who, drawn=drawn)
        kept = first[first["customer_id"] != gone].reset_index(drop=True)
        columns = ["customer_id", "staff_id", "arm", "probability"]
        pd.testing.assert_frame_equal(again.rows[columns], kept[columns])

    def test_the_share_held_out_grows_until_the_pooled_lists_can_show_the_lift(self):
        easy = listed(terms=outreach.Terms(lift=0.2))
        hard = listed(terms=outreach.Terms(lift=0.01))
        assert easy.facts["share"] == pytest.approx(0.1)
        assert easy.facts["enough"]
        assert hard.facts["share"] == pytest.approx(0.3)
        assert [claim.key for claim in hard.claims][1] == "control_size_short"

    def test_a_page_names_no_customer(self):
        said = listed().bundle().model_dump_json()
        assert "C0001" not in said
        assert "customer_id" not in said

    @pytest.mark.parametrize(
        ("who", "asks"),
        [
            (people().assign(standing=0), "unionid"),
            (people().assign(consent=pd.array([pd.NA] * 400, dtype="boolean")), "consent"),
            (people().head(10), "20 people"),
        ],
    )
    def test_what_is_missing_is_asked_for(self, who, asks):
        found = listed(who=who)
        assert isinstance(found, NotEnoughData)
        with_words = found.bundle()
        assert asks in with_words.needs

    def test_a_missing_column_is_named(self):
        with pytest.raises(MissingColumns, match="consent"):
            listed(who=people().drop(columns="consent"))

    @pytest.mark.parametrize(
        "bad",
        [
            {"capacity": 0},
            {"capacities": {"G1": -1}},
            {"margin": 0},
            {"lift": 1},
            {"contact_cost": -1},
        ],
    )
    def test_terms_that_cannot_be_are_refused(self, bad):
        with pytest.raises(ParameterError, match=next(iter(bad))):
            outreach.Terms(**bad)


ARMS = (CONTACT, HOLD_OUT)


def drawn(rng, weeks=1, size=1_500, *, base=0.10, effect=0.0, control=0.2, words=ARMS):
    parts = []
    for week in range(weeks):
        held = rng.random(size) < control
        level = base + 0.05 * week
        bought = rng.random(size) < level + effect * ~held
        parts.append(
            pd.DataFrame(
                {
                    "campaign_id": f"contact-2026-W{week + 1:02d}",
                    "title": "a list",
                    "customer_id": "C",
                    "arm": np.where(held, words[1], words[0]),
                    "assigned_at": pd.Timestamp("2026-01-04") + pd.Timedelta(weeks=week),
                    "probability": np.where(held, control, 1 - control),
                    "days_seen": 60,
                    "days_to_order": np.where(bought, 10.0, np.nan),
                    "net_28": 0.0,
                }
            )
        )
    return pd.concat(parts, ignore_index=True).astype({"days_to_order": "Float64"})


def drawn_for(campaign, days_seen):
    return pd.DataFrame(
        {
            "campaign_id": [campaign],
            "customer_id": ["C0001"],
            "arm": [CONTACT],
            "probability": [0.8],
            "days_seen": [days_seen],
        }
    )


class TestWinBack:
    def test_its_lots_are_not_those_of_the_other_list(self):
        rows = listed().rows.merge(
            listed(purpose=outreach.WIN_BACK).rows, on="customer_id", suffixes=("", "_back")
        )
        assert (rows["arm"] != rows["arm_back"]).any()
        assert outreach.campaign_of("2026-W27", outreach.WIN_BACK) == "winback-2026-W27"

    def test_it_speaks_of_lapsed_customers_and_has_keys_of_its_own(self):
        ours, theirs = listed(), listed(purpose=outreach.WIN_BACK)
        assert theirs.claims[0].text("en").startswith("To win back: this week 8 accounts write to ")
        assert not {claim.key for claim in ours.claims} & {claim.key for claim in theirs.claims}
        assert not {tile.key for tile in ours.tiles} & {tile.key for tile in theirs.tiles}
        assert "active" not in say(theirs.subtitle, theirs.facts, "en").lower()

    def test_the_occasion_is_one_for_somebody_who_went(self):
        said = set(listed(purpose=outreach.WIN_BACK).rows["occasion"])
        assert said == {OCCASIONS["gone"]}

    def test_who_is_on_one_list_is_watched_by_the_other(self):
        lots = drawn_for("contact-2026-W26", days_seen=7)
        for purpose in (outreach.AT_RISK, outreach.WIN_BACK):
            found = outreach.watched(lots, as_of=AS_OF, window_days=28, purpose=purpose)
            assert list(found) == ["C0001"]

    def test_a_week_of_the_same_list_is_no_earlier_list(self):
        lots = drawn_for("winback-2026-W27", days_seen=0)
        mine = outreach.watched(lots, as_of=AS_OF, window_days=28, purpose=outreach.WIN_BACK)
        other = outreach.watched(lots, as_of=AS_OF, window_days=28)
        assert (len(mine), len(other)) == (0, 1)
        assert len(outreach.lots_of(lots, as_of=AS_OF, purpose=outreach.WIN_BACK)) == 1
        assert outreach.lots_of(lots, as_of=AS_OF).empty

    def test_the_two_lists_are_read_out_apart(self):
        ours = drawn(np.random.default_rng(1), size=400)
        theirs = ours.assign(campaign_id="winback-2026-W01")
        found = outreach.readout(pd.concat([ours, theirs], ignore_index=True), as_of=AS_OF)
        assert set(found.table["title"]) == {"Weekly contact lists", "Weekly win-back lists"}
        assert found.table["treated"].iloc[0] == found.table["treated"].iloc[1]

    def test_a_list_that_is_not_there_is_refused_with_the_nearest(self):
        with pytest.raises(ParameterError, match="Did you mean 'win_back'"):
            outreach.purpose_of("winback")


class TestWindow:
    def test_it_is_the_forecasts_horizon_but_never_below_a_week(self):
        terms = outreach.Terms(capacity=3)
        assert terms.over(91) == outreach.Terms(capacity=3, window_days=91)
        assert terms.over(2).window_days == 7


class TestReadout:
    def test_what_three_hundred_controls_cannot_show_is_not_proven(self):
        """2,700 contacted, 300 held out, 1.7 points apart: the first screen's own example."""
        arm = [CONTACT] * 2_700 + [HOLD_OUT] * 300
        bought = [1.0] * 327 + [np.nan] * 2_373 + [1.0] * 31 + [np.nan] * 269
        frame = drawn(np.random.default_rng(0), size=3_000).assign(
            arm=arm,
            days_to_order=pd.array(bought, dtype="Float64"),
            probability=np.where(np.array(arm) == HOLD_OUT, 0.1, 0.9),
        )
        found = outreach.readout(frame, as_of=AS_OF)
        assert [claim.key for claim in found.claims] == ["contact_not_proven", "people_to_prove"]
        assert found.facts["difference"] == pytest.approx(0.0178, abs=1e-4)
        assert found.facts["needed"] == pytest.approx(4_900, rel=0.03)

    def test_the_planted_effect_lies_within_the_interval(self):
        gathered = Coverage(0.95)
        for seed in range(60):
            frame = drawn(np.random.default_rng(seed), weeks=4, size=500, effect=0.04)
            facts = outreach.readout(frame, as_of=AS_OF).facts
            gathered.add(facts["low"], facts["high"], 0.04)
        assert gathered.holds()

    def test_no_effect_is_proven_no_more_often_than_said(self):
        alarms = 0
        for seed in range(100):
            facts = outreach.readout(drawn(np.random.default_rng(seed), 4, 300), as_of=AS_OF).facts
            alarms += facts["low"] > 0 or facts["high"] < 0
        assert false_alarms_hold(alarms, 100, 0.05)

    def test_weeks_drawn_with_other_chances_do_not_mix_their_levels_in(self):
        rng = np.random.default_rng(5)
        poor = drawn(rng, 1, 4_000, base=0.05, control=0.1)
        rich = drawn(rng, 1, 4_000, base=0.50, control=0.9).assign(campaign_id="contact-2026-W09")
        facts = outreach.readout(pd.concat([poor, rich]), as_of=AS_OF).facts
        assert facts["low"] < 0 < facts["high"]

    def test_a_window_still_open_does_not_count(self):
        frame = drawn(np.random.default_rng(1), weeks=2)
        frame.loc[frame["campaign_id"].str.endswith("W02"), "days_seen"] = 20
        assert outreach.readout(frame, as_of=AS_OF).facts["draws"] == 1

    def test_a_purchase_after_the_window_does_not_count(self):
        frame = drawn(np.random.default_rng(1))
        frame["days_to_order"] = frame["days_to_order"] + 25
        found = outreach.readout(frame, as_of=AS_OF)
        assert found.facts["treated_share"] == 0

    @pytest.mark.parametrize("words", [("实验组", "对照组"), ("treatment", "control")])
    def test_arms_of_a_brands_own_experiments_are_read(self, words):
        frame = drawn(np.random.default_rng(2), words=words).assign(campaign_id="CALL01")
        assert outreach.readout(frame, as_of=AS_OF).table["title"].tolist() == ["a list"]

    def test_harm_is_said_as_harm(self):
        frame = drawn(np.random.default_rng(3), weeks=3, base=0.3, effect=-0.1)
        assert [c.key for c in outreach.readout(frame, as_of=AS_OF).claims] == ["contact_harms"]

    def test_arms_that_no_lot_would_give_fail_their_check(self):
        frame = drawn(np.random.default_rng(4), control=0.5)
        frame["probability"] = np.where(frame["arm"] == HOLD_OUT, 0.2, 0.8)
        check = outreach.readout(frame, as_of=AS_OF).checks[0]
        assert check.passed is False

    @pytest.mark.parametrize(
        ("frame", "says"),
        [
            (drawn(np.random.default_rng(0)).head(0), "No lots"),
            (drawn(np.random.default_rng(0)).assign(days_seen=3), "not over"),
            (drawn(np.random.default_rng(0), words=("red", "blue")), "words"),
        ],
    )
    def test_what_cannot_be_read_out_is_said(self, frame, says):
        found = outreach.readout(frame, as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert says in found.bundle().because


class TestProfit:
    def test_contacts_pay_when_they_move_as_many_as_they_cost(self):
        terms = outreach.Terms(margin=0.5, contact_cost=4)
        found = outreach.profit(listed(terms=terms), terms=terms)
        contact = listed(terms=terms).rows.query("arm == 'contact'")
        owed = 4 * len(contact) / (0.5 * contact["usual_spend"].sum())
        assert found.facts["needed"] == pytest.approx(owed)

    def test_the_further_down_the_more_people_must_buy(self):
        assert outreach.profit(listed()).table["needed"].is_monotonic_increasing

    def test_money_is_promised_only_where_the_effect_is_proven(self):
        unproven = outreach.readout(drawn(np.random.default_rng(0)), as_of=AS_OF)
        proven = outreach.readout(drawn(np.random.default_rng(0), 4, effect=0.1), as_of=AS_OF)
        assert "expected_profit" not in [
            c.key for c in outreach.profit(listed(), effect=unproven).claims
        ]
        found = outreach.profit(listed(), effect=proven)
        assert "expected_profit" in [c.key for c in found.claims]
        assert found.facts["profit_low"] < found.facts["profit"] < found.facts["profit_high"]

    def test_a_refusal_is_handed_on(self):
        refused = listed(who=people().head(3))
        assert outreach.profit(refused) is refused
