from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import contacts
from insights.errors import MissingColumns, ParameterError
from insights.results import NotEnoughData

AS_OF = date(2026, 6, 30)


def person(standing=1, added=400, response=None, order=None, *, ordered_on=None, is_staff=False):
    return {
        "standing": standing,
        "friendships": max(standing, 1),
        "added_at": pd.Timestamp("2025-01-01"),
        "days_since_added": added,
        "days_since_response": response,
        "days_since_order": order,
        "ordered_on": pd.Timestamp(ordered_on) if ordered_on else pd.NaT,
        "is_staff": is_staff,
    }


def people(*rows):
    frame = pd.DataFrame(rows)
    frame["customer_id"] = [f"C{n}" for n in range(len(rows))]
    return frame.astype({"days_since_response": "Int64", "days_since_order": "Int64"})


class TestPool:
    def test_the_clock_is_the_customers_own_last_act(self):
        found = contacts.pool(
            people(
                person(response=5, order=300),  # answered lately
                person(order=90),  # bought just within
                person(added=10),  # has just been added
                person(response=91),
                person(response=181),
                person(),  # never heard of
                person(standing=0, response=1),  # gone, whatever was heard
            ),
            as_of=AS_OF,
        )
        counted = found.table.set_index("state")["people"].to_dict()
        assert counted == {"active": 3, "quiet": 1, "dormant": 2, "lost": 1}
        assert found.table.set_index("state")["never"].to_dict()["dormant"] == 1

    def test_a_person_with_three_guides_is_one(self):
        found = contacts.pool(people(person(standing=3, response=3)), as_of=AS_OF)
        assert found.facts["contacts"] == 1
        assert found.facts["friendships"] == 3

    def test_staff_are_no_contacts(self):
        found = contacts.pool(people(person(), person(is_staff=True)), as_of=AS_OF)
        assert found.facts["people"] == 1

    def test_what_a_state_was_worth_is_read_off_later_orders_only(self):
        then = people(
            *[person(response=5)] * 20, *[person(order=400, ordered_on="2025-02-01")] * 20
        )
        now = then.copy()
        now.loc[:9, "ordered_on"] = pd.Timestamp("2026-05-01")
        found = contacts.pool(now, as_of=AS_OF, before=then)
        assert found.table.set_index("state")["bought"].loc[["active", "dormant"]].tolist() == [
            0.5,
            0,
        ]
        assert [claim.key for claim in found.claims] == ["pool", "states_tell"]

    def test_a_brand_without_friends_is_told_which_export_has_them(self):
        found = contacts.pool(people(person()).head(0), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "batch/get_by_user" in found.bundle().needs

    def test_a_missing_column_is_named(self):
        with pytest.raises(MissingColumns, match="standing"):
            contacts.pool(people(person()).drop(columns="standing"), as_of=AS_OF)


def weeks(rng, fall=1.0, sales=1.0, count=52):
    rows = []
    for region in ("east", "north", "south"):
        tired = region == "east"
        for n in range(count):
            down = fall if tired and n >= 32 else 1.0
            less = sales if tired and n >= 37 else 1.0
            rows.append(
                {
                    "week_on": pd.Timestamp("2025-07-07") + pd.Timedelta(weeks=n),
                    "region": region,
                    "friends": 2_000.0,
                    "posts": 2,
                    "responses": rng.poisson(100 * down),
                    "occasions": rng.poisson(150 * less),
                }
            )
    return pd.DataFrame(rows)


class TestEarlyWarning:
    def test_a_region_that_tires_is_named_with_the_lead_over_its_sales(self):
        found = contacts.early_warning(weeks(np.random.default_rng(1), 0.6, 0.6), as_of=AS_OF)
        row = found.table.iloc[0]
        assert (row["region"], row["verdict"]) == ("east", "fell")
        assert row["since"] == pd.Timestamp("2026-02-16")
        assert row["lead_low"] <= 5 <= row["lead_high"]
        assert found.facts["alarms"] == 1

    def test_sales_that_did_not_fall_are_not_said_to_follow(self):
        found = contacts.early_warning(weeks(np.random.default_rng(2), 0.6), as_of=AS_OF)
        assert [claim.key for claim in found.claims] == ["alarm", "sales_not_shown"]

    def test_calm_is_said_as_calm(self):
        found = contacts.early_warning(weeks(np.random.default_rng(3)), as_of=AS_OF)
        assert [claim.key for claim in found.claims] == ["no_alarm"]

    def test_a_bad_week_of_all_regions_is_no_alarm(self):
        frame = weeks(np.random.default_rng(4))
        holiday = frame["week_on"] >= frame["week_on"].max() - pd.Timedelta(weeks=10)
        frame.loc[holiday, "responses"] //= 3
        assert contacts.early_warning(frame, as_of=AS_OF).facts["alarms"] == 0

    @pytest.mark.parametrize(
        ("spoil", "asks"),
        [
            (lambda f: f.assign(responses=0), "get_moment_comments"),
            (lambda f: f.assign(region="all").drop_duplicates("week_on"), "region of each account"),
            (lambda f: f[f["week_on"] < "2025-10-01"], "more weeks"),
            (lambda f: f.head(0), "get_moment_comments"),
        ],
    )
    def test_what_is_missing_is_asked_for(self, spoil, asks):
        found = contacts.early_warning(spoil(weeks(np.random.default_rng(5))), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert asks in found.bundle().needs


def joiners(rng, count=1_200, effect=True):
    minutes = rng.exponential(60, count)
    chance = 0.05 + 0.25 * (minutes < 10) if effect else np.full(count, 0.1)
    added = pd.Timestamp("2026-01-01 09:00") + pd.to_timedelta(rng.integers(0, 3_000, count), "h")
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{n}" for n in range(count)],
            "staff_id": rng.integers(0, 8, count).astype(str),
            "state": "card",
            "added_at": added,
            "days_seen": 60,
            "replied_at": added + pd.to_timedelta(minutes, "m"),
            "bought_before": False,
            "days_to_order": np.where(rng.random(count) < chance, 3.0, np.nan),
        }
    )
    return frame.astype({"days_to_order": "Float64"})


class TestFirstReply:
    def test_quick_answers_go_together_with_orders_and_no_cause_is_claimed(self):
        found = contacts.first_reply(joiners(np.random.default_rng(1)), as_of=AS_OF)
        assert [claim.key for claim in found.claims] == ["sooner_converts"]
        assert "proves no cause" in found.claims[0].text("en")

    def test_no_difference_is_said_as_not_told(self):
        found = contacts.first_reply(joiners(np.random.default_rng(2), effect=False), as_of=AS_OF)
        assert [claim.key for claim in found.claims] == ["delay_not_told"]

    def test_who_had_bought_before_adding_converts_nothing(self):
        frame = joiners(np.random.default_rng(3))
        frame.loc[:99, ["bought_before", "days_to_order"]] = [True, 1]
        assert contacts.first_reply(frame, as_of=AS_OF).facts["people"] == 1_100

    def test_who_was_added_lately_is_not_counted_as_unconverted(self):
        frame = joiners(np.random.default_rng(4))
        frame.loc[:199, "days_seen"] = 29
        assert contacts.first_reply(frame, as_of=AS_OF).facts["people"] == 1_000

    def test_without_message_times_the_chat_archive_is_asked_for(self):
        frame = joiners(np.random.default_rng(5)).assign(replied_at=pd.NaT)
        found = contacts.first_reply(frame, as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "msgaudit" in found.bundle().needs

    def test_few_people_are_refused(self):
        found = contacts.first_reply(joiners(np.random.default_rng(6), 80), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)


def doses(rng, fatigue=0.01):
    rows = [
        {"staff_id": f"G{g}", "week_on": w, "messages": m, "friends": 300,
         "ended": rng.binomial(300, 0.005 + fatigue * max(m - 1, 0))}
        for g in range(12) for w in range(40) for m in [int(rng.integers(0, 4))]
    ]  # fmt: skip
    return pd.DataFrame(rows)


class TestPushes:
    def test_the_friends_that_a_message_costs_are_counted(self):
        found = contacts.pushes(doses(np.random.default_rng(1)), as_of=AS_OF)
        steps = found.table.set_index("messages")
        assert steps.loc[3, "extra_low"] <= 10 <= steps.loc[3, "extra_high"]
        assert [claim.key for claim in found.claims] == ["pushes"]

    def test_a_stated_value_says_what_messages_must_bring(self):
        found = contacts.pushes(doses(np.random.default_rng(1)), as_of=AS_OF, friend_value=50)
        assert found.facts["must_low"] <= 500 <= found.facts["must_high"]

    @pytest.mark.parametrize(("gain", "most"), [(300, 1), (10_000, 3)])
    def test_the_break_even_frequency_is_the_last_step_that_pays(self, gain, most):
        found = contacts.pushes(
            doses(np.random.default_rng(1)), as_of=AS_OF, friend_value=50, gain_per_thousand=gain
        )
        assert found.facts["break_even"] == most

    def test_no_fatigue_is_said_as_not_told(self):
        found = contacts.pushes(doses(np.random.default_rng(2), fatigue=0), as_of=AS_OF)
        assert [claim.key for claim in found.claims] == ["pushes_not_told"]

    def test_a_brand_that_sent_nothing_is_told_which_export_is_missing(self):
        found = contacts.pushes(doses(np.random.default_rng(3)).assign(messages=0), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "get_groupmsg_send_result" in found.bundle().needs

    def test_a_negative_value_is_refused(self):
        with pytest.raises(ParameterError, match="friend_value"):
            contacts.pushes(doses(np.random.default_rng(3)), as_of=AS_OF, friend_value=-1)
