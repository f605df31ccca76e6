"""Groups: each by its own triangle, by any definition and entry, and nothing asked is ignored."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import cohorts
from insights.analyses.cohorts.definition import triangle
from insights.analyses.cohorts.occasions import occasions_of
from insights.errors import DataError, ParameterError
from insights.results import NotEnoughData

AS_OF = date(2025, 6, 30)
WEEKLY = cohorts.Definition(every="week", windows="rolling", until=8)


def world(seed=0, *, people=2400, back=(0.2, 0.5), joined_after=0):
    """People of two guides; a share of each buys two to five days after joining, and all at it."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2025-02-03") + pd.to_timedelta(rng.integers(0, 84, people), unit="D")
    guide = np.where(np.arange(people) % 2 == 0, "g1", "g2")
    comes = rng.random(people) < np.where(guide == "g1", *back)
    ids = np.array([f"c{n:05d}" for n in range(people)])
    again = start[comes] + pd.to_timedelta(rng.integers(2, 6, comes.sum()), unit="D")
    bought = pd.concat(
        [
            pd.DataFrame({"customer_id": ids, "paid_at": start}),
            pd.DataFrame({"customer_id": ids[comes], "paid_at": again}),
        ],
        ignore_index=True,
    )
    bought["channel"] = np.where(bought["customer_id"].isin(ids[guide == "g1"]), "douyin", "store")
    joined = start + pd.Timedelta(days=joined_after)
    return bought, pd.DataFrame({"customer_id": ids, "guide": guide, "started_on": joined})


class TestRetentionByGroup:
    def test_definition_and_entry_are_heard(self):
        """They were ignored: any of them gave the 90 days from the first purchase."""
        bought, people = world(joined_after=1)
        plain = people.drop(columns="started_on")
        split = cohorts.retention(bought, as_of=AS_OF, by="guide", customers=plain)
        weekly = cohorts.retention(
            bought, as_of=AS_OF, by="guide", customers=plain, definition=WEEKLY
        )
        joined = cohorts.retention(
            bought, as_of=AS_OF, by="guide", customers=people, definition=WEEKLY, entry="joined"
        )
        assert split.name == "split"
        assert weekly.table.set_index(["group", "age"]).loc[("g2", 1), "retention"] > 0.4
        assert "first purchase" in weekly.headline.text("en")
        assert "joining the private domain" in joined.headline.text("en")

    def test_each_group_is_the_triangle_of_its_people_alone(self):
        bought, people = world()
        found = cohorts.retention(
            bought,
            as_of=AS_OF,
            by="guide",
            customers=people,
            entry="joined",
            definition=WEEKLY,
            min_customers=1,
        )
        mine = people[people["guide"] == "g1"]
        alone = cohorts.retention(
            bought, as_of=AS_OF, customers=mine, entry="joined", definition=WEEKLY, min_customers=1
        )
        cells = found.of("g1").set_index(["cohort", "age"])["returned"]
        pd.testing.assert_series_equal(
            cells.astype(float),
            alone.table.set_index(["cohort", "age_weeks"])["returned"].astype(float),
            check_names=False,
        )

    def test_groups_add_up_to_the_whole(self):
        bought, _people = world()
        found = cohorts.retention(
            bought, as_of=AS_OF, by="first_channel", definition=WEEKLY, min_customers=1
        )
        whole, _small, _open = triangle(occasions_of(bought, as_of=AS_OF), WEEKLY)
        parts = found.cells.groupby(["cohort", "age"])["returned"].sum().astype(float)
        of_all = whole.set_index(["cohort", "age"])["returned"].fillna(0).astype(float)
        assert (parts.sort_index() == of_all.sort_index()).all()
        assert set(found.table["group"]) == {"Douyin", "Stores"}

    def test_a_planted_difference_is_found_and_none_is_not(self):
        bought, people = world(back=(0.2, 0.5))
        found = cohorts.retention(
            bought, as_of=AS_OF, by="guide", customers=people, definition=WEEKLY, entry="joined"
        )
        assert found.headline.key == "groups_apart"
        assert abs(found.facts["change"]) == pytest.approx(0.3, abs=0.05)
        bought, people = world(back=(0.3, 0.3))
        same = cohorts.retention(
            bought, as_of=AS_OF, by="guide", customers=people, definition=WEEKLY, entry="joined"
        )
        assert same.headline.key == "groups_alike"

    def test_a_group_won_in_good_weeks_is_not_taken_for_a_good_group(self):
        """Half of those of the first weeks come back and a tenth later; one guide came first."""
        rng = np.random.default_rng(3)
        early = rng.random(6000) < 0.5
        guide = np.where(rng.random(6000) < np.where(early, 0.8, 0.2), "g1", "g2")
        start = np.where(early, np.datetime64("2025-03-03"), np.datetime64("2025-04-07"))
        comes = rng.random(6000) < np.where(early, 0.5, 0.1)
        ids = np.array([f"c{n:05d}" for n in range(6000)])
        bought = pd.DataFrame(
            {
                "customer_id": [*ids, *ids[comes]],
                "paid_at": [*start, *(start[comes] + np.timedelta64(3, "D"))],
            }
        )
        steady = pd.DataFrame(
            {"customer_id": "s", "paid_at": pd.date_range("2025-03-03", "2025-06-30", freq="3D")}
        )
        people = pd.DataFrame({"customer_id": ids, "guide": guide})
        how = {"as_of": AS_OF, "definition": WEEKLY}
        both = pd.concat([bought, steady])
        found = cohorts.retention(both, by="guide", customers=people, **how)
        assert found.headline.key == "groups_alike"
        held = cohorts.compare(both, people, by="guide", one="g1", other="g2", **how)
        assert held.headline.key == "not_told_apart"
        assert abs(held.facts["change"]) < 0.03

    def test_what_a_total_would_give_away_is_left_out(self):
        bought, people = world(people=600)
        few = people.index[:5]
        people.loc[few, "guide"] = "tiny"
        people.loc[few, "started_on"] = pd.Timestamp("2025-02-03")
        found = cohorts.retention(
            bought,
            as_of=AS_OF,
            by="guide",
            customers=people,
            definition=WEEKLY,
            entry="joined",
            min_customers=10,
        )
        assert "tiny" not in set(found.cells["group"])
        week = found.cells[found.cells["cohort"] == "2025-02-03"]
        assert week["group"].nunique() < 2  # the whole week is on the page: 5 would be its rest

    @pytest.mark.parametrize("by", ["guide", None])
    def test_an_entry_without_its_day_is_refused(self, by):
        bought, people = world(people=100)
        plain = people.drop(columns="started_on")
        with pytest.raises((ParameterError, DataError), match="started_on"):
            cohorts.retention(bought, as_of=AS_OF, by=by, customers=plain, entry="joined")
        with pytest.raises(ParameterError, match="entry must be one of"):
            cohorts.retention(bought, as_of=AS_OF, by=by, customers=people, entry="born")

    def test_occasions_do_not_tell_of_orders(self):
        bought, _people = world(people=100)
        seen = occasions_of(bought, as_of=AS_OF)
        with pytest.raises(DataError, match="orders' frame"):
            cohorts.retention(seen, as_of=AS_OF, by="first_channel", definition=WEEKLY)

    def test_one_group_is_nothing_to_compare(self):
        bought, people = world(people=400)
        found = cohorts.retention(
            bought, as_of=AS_OF, by="guide", customers=people.assign(guide="g1"), entry="joined"
        )
        assert isinstance(found, NotEnoughData)
        assert "two groups" in found.say(found.needs)


def two_guides(bought, people, **how):
    return cohorts.compare(bought, people, by="guide", one="g2", other="g1", as_of=AS_OF, **how)


class TestCompare:
    def test_by_any_definition_and_entry(self):
        bought, people = world()
        found = two_guides(bought, people, definition=WEEKLY, entry="joined")
        assert found.facts["change_low"] < 0.3 < found.facts["change_high"]
        assert "joining the private domain" in found.headline.text("en")
        later = two_guides(bought, people, definition=WEEKLY, entry="joined", age=2)
        assert later.headline.key == "not_told_apart"  # all who come back do so within a week

    def test_two_windows_at_once_are_refused(self):
        bought, people = world(people=100)
        with pytest.raises(ParameterError, match="leave one of them out"):
            two_guides(bought, people, within_days=30, definition=WEEKLY)
        plain = people.drop(columns="started_on")
        with pytest.raises(ParameterError, match="age 2 needs a definition"):
            two_guides(bought, plain, age=2)
