"""Experiments read out, audiences watched: what is refused, what is said, and of whom."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import engagement, outreach
from insights.analyses.outreach.drawing import CONTACT, HOLD_OUT
from insights.errors import DataError, MissingColumns
from insights.models.arms import CONTROL_ARMS
from insights.results import NotEnoughData
from tests.truth.weeks import weeks

AS_OF = date(2026, 6, 30)
# Counts of the MineThatData challenge (Hillstrom 2008): people, visits, purchases.
MAILED = {
    "Mens E-Mail": (21_307, 3_894, 267),
    "Womens E-Mail": (21_387, 3_238, 189),
    "No E-Mail": (21_306, 2_262, 122),
}


def three_arms() -> pd.DataFrame:
    parts = []
    for arm, (people, visits, bought) in MAILED.items():
        one = np.arange(people)
        parts.append(
            pd.DataFrame({"segment": arm, "visit": one < visits, "conversion": one < bought})
        )
    return pd.concat(parts, ignore_index=True).astype({"visit": int, "conversion": int})


class TestReadout:
    def test_three_arms_are_read_out_in_one_call_with_the_published_lifts(self):
        found = engagement.readout(three_arms(), arm="segment")
        visits = found.table[found.table["outcome"] == "visit"].set_index("arm")["raw"]
        bought = found.table[found.table["outcome"] == "conversion"].set_index("arm")["raw"]
        assert visits.round(4).to_dict() == {"Mens E-Mail": 0.0766, "Womens E-Mail": 0.0452}
        assert bought.round(4).to_dict() == {"Mens E-Mail": 0.0068, "Womens E-Mail": 0.0031}
        assert (found.table["verdict"] == "more than control").all()

    def test_raw_and_shrunk_lift_stand_side_by_side_and_the_claim_is_backtested(self):
        found = engagement.readout(three_arms(), arm="segment", outcomes=["visit"])
        assert (found.table["shrunk"].abs() <= found.table["raw"].abs()).all()
        facts = found.facts
        assert facts["backtested"]
        assert 0.8 < facts["backtest_expected"] / facts["backtest_real"] < 1.25
        assert "claims_backtested" in {claim.key for claim in found.claims}

    def test_a_past_claim_that_came_to_nothing_is_said_to_have(self):
        # Both arms do harm: whichever half is asked, nothing comes true.
        people = pd.concat(
            pd.DataFrame({"arm": arm, "bought": (np.arange(2_000) % 100 < percent).astype(int)})
            for arm, percent in (("a", 10), ("b", 11), ("control", 14))
        )
        found = engagement.readout(people)
        assert found.facts["backtest_real"] < 0
        said = {claim.key: found.say(claim.message) for claim in found.claims}
        assert "nothing came true" in said["claims_came_to_nothing"]
        assert not any("cannot be held" in found.say(text) for text in found.caveats)

    def test_arms_that_no_lottery_makes_are_not_read_out(self):
        people = three_arms()
        lost = people.drop(people[(people["segment"] == "No E-Mail")].index[:1500])
        found = engagement.readout(lost, arm="segment")
        assert isinstance(found, NotEnoughData)
        assert "people are missing" in found.say(found.because)

    def test_arms_meant_to_be_unequal_are_no_wonder(self):
        people = pd.DataFrame(
            {
                "arm": ["mail"] * 900 + ["control"] * 100,
                "probability": [0.9] * 900 + [0.1] * 100,
                "bought": ([1] * 9 + [0] * 91) * 10,
            }
        )
        assert engagement.readout(people).enough
        assert not engagement.readout(people.drop(columns="probability")).enough

    def test_periods_of_a_switchback_are_the_observations(self):
        rng = np.random.default_rng(1)
        rows = []
        for week in range(20):
            on = week % 2 == 0
            level = 0.1 + 0.03 * on + rng.normal(0, 0.02)
            rows += [
                {"week": week, "arm": "on" if on else "control", "bought": int(b)}
                for b in rng.random(2_000) < level
            ]
        found = engagement.readout(pd.DataFrame(rows), outcomes=["bought"], period="week")
        row = found.table.iloc[0]
        assert row["units"] == 10
        as_people = engagement.readout(pd.DataFrame(rows), outcomes=["bought"]).table.iloc[0]
        assert row["high"] - row["low"] > 2 * (as_people["high"] - as_people["low"])

    def test_a_period_with_two_arms_is_no_switchback(self):
        people = pd.DataFrame({"week": 1, "arm": ["on", "control"] * 50, "bought": 0})
        with pytest.raises(DataError, match="have two arms"):
            engagement.readout(people, period="week")

    @pytest.mark.parametrize(
        ("arms", "said"),
        [
            (["a", "b"], "left alone is not clear"),
            (["control", "holdout"], "left alone is not clear"),
            (["control", "control"], "one arm is known"),
        ],
    )
    def test_an_unclear_experiment_is_refused_in_words(self, arms, said):
        found = engagement.readout(pd.DataFrame({"arm": arms * 50, "bought": 0}))
        assert isinstance(found, NotEnoughData)
        assert said in found.say(found.because)

    def test_the_arm_that_was_left_alone_may_be_named(self):
        people = pd.DataFrame({"arm": ["a", "b"] * 50, "bought": 0})
        assert engagement.readout(people, control="b").enough
        assert not engagement.readout(people, control="c").enough

    def test_an_unclear_experiment_does_not_keep_the_others_from_being_read(self):
        clear = pd.DataFrame(
            {"experiment": "mail", "arm": ["treatment", "control"] * 50, "bought": 0}
        )
        unclear = clear.assign(experiment="odd names", arm=["a", "b"] * 50)
        found = engagement.readout(pd.concat([clear, unclear]))
        assert found.table["experiment"].unique().tolist() == ["mail"]
        assert any("odd names" in found.say(text) for text in found.caveats)

    def test_chances_that_differ_among_three_arms_are_refused(self):
        people = pd.DataFrame({"arm": ["a", "b", "control"] * 200, "bought": 0})
        people["probability"] = np.where(np.arange(600) % 2, 0.2, 0.4)
        found = engagement.readout(people)
        assert "differ by person" in found.say(found.because)

    def test_a_fair_lottery_with_chances_of_two_sizes_is_read_out(self):
        # 900 of 1,000 and 500 of 1,000 by chances of .9 and .5: exactly as drawn.
        people = pd.DataFrame(
            {
                "arm": ["mail"] * 900 + ["control"] * 100 + ["mail"] * 500 + ["control"] * 500,
                "probability": [0.9] * 900 + [0.1] * 100 + [0.5] * 1000,
                "bought": ([1] * 18 + [0] * 82) * 9 + [1] * 18 + [0] * 82 + ([1] + [0] * 9) * 100,
            }
        )
        found = engagement.readout(people)
        # .18 and .18 of the one, .10 and .10 of the other: pooled without strata, .032 apart.
        assert found.table.iloc[0]["raw"] == pytest.approx(0.0, abs=1e-12)
        assert found.facts["ratio_p"] == pytest.approx(1.0)

    def test_more_comparisons_widen_every_interval(self):
        one = pd.DataFrame({"arm": ["treatment", "control"] * 200, "bought": [1, 0, 0, 0] * 100})
        several = pd.concat(one.assign(experiment=f"trial {n}") for n in range(8))
        alone, among = (engagement.readout(f).table.iloc[0] for f in (one, several))
        assert among["high"] - among["low"] > 1.2 * (alone["high"] - alone["low"])

    def test_outcomes_of_the_same_people_are_not_trials_of_their_own(self):
        people = pd.DataFrame({"arm": ["treatment", "control"] * 50, "bought": [1, 1, 0, 0] * 25})
        two = pd.concat(people.assign(experiment=f"trial {n}") for n in range(2))
        assert not engagement.readout(two.assign(clicked=two["bought"])).facts["learned"]
        four = pd.concat(people.assign(experiment=f"trial {n}") for n in range(4))
        assert engagement.readout(four).facts["learned"]

    def test_arms_in_which_nobody_did_it_are_not_told_apart(self):
        people = pd.DataFrame({"arm": ["treatment", "control"] * 200, "bought": 0})
        row = engagement.readout(people).table.iloc[0]
        assert row["verdict"] == "not told apart"
        assert row["low"] < 0 < row["high"]

    def test_without_an_experiment_it_asks_for_the_list_of_assignments(self):
        empty = pd.DataFrame(columns=["arm", "bought"])
        found = engagement.readout(empty)
        assert isinstance(found, NotEnoughData)
        assert "insights load assignments" in found.say(found.needs)

    def test_a_missing_outcome_is_named(self):
        with pytest.raises(MissingColumns, match="spend"):
            engagement.readout(three_arms(), arm="segment", outcomes=["spend"])


class TestExperiments:
    def test_only_people_whose_four_weeks_are_over_are_read_out(self):
        drawn = pd.DataFrame(
            {
                "campaign_id": "calls", "title": "Calls",
                "arm": ["control", "treatment", "treatment"],
                "probability": 0.5, "days_seen": [40, 40, 20],
                "days_to_order": [None, 28.0, 3.0], "net_28": [0.0, 90.0, 10.0],
            }
        )  # fmt: skip
        found = engagement.experiments(drawn)
        assert found["bought"].tolist() == [0, 1]

    def test_our_own_lists_are_read_out_on_their_own_pages_and_other_words_here(self):
        # As `insights export actions` stores a week's lots, and the notebook reads them.
        drawn = pd.concat(
            pd.DataFrame(
                {
                    "campaign_id": campaign, "title": campaign,
                    "arm": [arms[0]] * 90 + [arms[1]] * 40,
                    "probability": [0.7] * 90 + [0.3] * 40,
                    "days_seen": 40, "days_to_order": None, "net_28": 0.0,
                }
            )
            for campaign, arms in (
                (outreach.campaign_of("2026-W20"), (CONTACT, HOLD_OUT)),
                (outreach.campaign_of("2026-W21", outreach.WIN_BACK), (CONTACT, HOLD_OUT)),
                ("spring mail", ("mail", HOLD_OUT)),
            )
        )  # fmt: skip
        lists = [outreach.AT_RISK.prefix, outreach.WIN_BACK.prefix]
        found = engagement.readout(engagement.experiments(drawn, elsewhere=lists))
        assert found.table["experiment"].unique().tolist() == ["spring mail"]
        assert engagement.readout(engagement.experiments(drawn)).facts["experiments"] == 3
        ours = drawn[drawn["campaign_id"] != "spring mail"]
        alone = engagement.readout(engagement.experiments(ours, elsewhere=lists))
        assert "where they are made" in alone.say(alone.because)

    @pytest.mark.parametrize("name", sorted(CONTROL_ARMS))
    def test_an_arm_left_alone_has_the_same_names_on_all_pages(self, name):
        drawn = pd.DataFrame(
            {
                "campaign_id": "mail", "title": "Spring mail", "customer_id": range(80),
                "arm": ["treatment"] * 40 + [f" {name.upper()} "] * 40,
                "assigned_at": pd.Timestamp("2026-05-01"), "probability": 0.5, "days_seen": 40,
                "days_to_order": [3.0, None] * 40, "net_28": 0.0,
            }
        )  # fmt: skip
        assert engagement.readout(engagement.experiments(drawn)).facts["experiments"] == 1
        assert outreach.readout(drawn, as_of=AS_OF).table["control"].tolist() == [40]


class TestFatigue:
    def test_it_says_what_one_message_more_must_bring(self):
        found = engagement.fatigue(weeks(1, drives_off=0.006), as_of=AS_OF, margin=0.5)
        facts = found.facts
        assert facts["must_bring"] == pytest.approx(
            1000 * facts["slope"] * facts["friend_week"] * 52 * 0.5
        )
        assert found.headline.key == "messages_tire"

    def test_accounts_that_all_send_one_message_teach_nothing(self):
        alike = weeks(1).assign(sent=lambda frame: frame["friends"])
        found = engagement.fatigue(alike, as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "get_groupmsg_send_result" in found.say(found.needs)

    def test_accounts_that_each_always_send_alike_are_not_compared_with_each_other(self):
        steady = weeks(1, drives_off=0.006)
        each = 1 + steady["staff_id"].str[1:].astype(int) % 3
        found = engagement.fatigue(steady.assign(sent=each * steady["friends"]), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)

    def test_a_frame_without_its_columns_is_refused_by_name(self):
        with pytest.raises(MissingColumns, match="sent"):
            engagement.fatigue(weeks(1).drop(columns="sent"), as_of=AS_OF)


class TestAlarms:
    def test_one_audience_has_nobody_to_be_compared_with(self):
        found = engagement.alarms(weeks(1, audiences=1), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)

    def test_a_burst_of_messages_is_not_an_alarm(self):
        frame = weeks(2, tires=0.15, friends=2000)
        burst = (frame["region"] == "region 1") & (frame["week_no"] % 66 >= 60)
        frame.loc[burst, "sent"] += 2 * frame.loc[burst, "friends"]
        frame.loc[burst, "liked"] = (frame.loc[burst, "liked"] * np.exp(-0.3)).astype(int)
        found = engagement.alarms(frame, as_of=AS_OF, watched=26)
        assert "region 1" not in set(
            found.table.loc[found.table["state"] == "answers have fallen", "audience"]
        )


class TestLeads:
    def test_two_audiences_are_too_few(self):
        assert isinstance(engagement.leads(weeks(1, audiences=2), as_of=AS_OF), NotEnoughData)
