"""Experiments read out, audiences watched: what is refused, what is said, and of whom."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import engagement
from insights.errors import DataError, MissingColumns
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
        assert found.facts["backtested"]
        assert 0.8 < found.facts["shrunk_over_real"] < 1.25

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

    def test_which_arm_was_left_alone_has_to_be_clear(self):
        people = pd.DataFrame({"arm": ["a", "b"] * 50, "bought": 0})
        with pytest.raises(DataError, match="left alone"):
            engagement.readout(people)
        assert engagement.readout(people, control="b").enough

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
                "title": "Calls", "arm": ["control", "treatment", "treatment"],
                "probability": 0.5, "days_seen": [40, 40, 20],
                "days_to_order": [None, 28.0, 3.0], "net_28": [0.0, 90.0, 10.0],
            }
        )  # fmt: skip
        found = engagement.experiments(drawn)
        assert found["bought"].tolist() == [0, 1]


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
