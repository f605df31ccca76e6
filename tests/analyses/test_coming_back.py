"""Coming back: definitions, windows and comparisons, on tables that can be worked out by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import cohorts
from insights.analyses.cohorts.occasions import occasions_of
from insights.analyses.cohorts.split import holm
from insights.errors import DataError, ParameterError
from insights.results import NotEnoughData
from tests import cdnow

AS_OF = date(2025, 6, 30)


def returned(found, age=None):
    """What came back, by age, of a result with one cohort."""
    column = "age_weeks" if "age_weeks" in found.table else "age_months"
    table = found.table.set_index(column)["returned"]
    return table.dropna().astype(int).to_dict() if age is None else int(table[age])


def buyers(seed, *, customers=400, back=0.3, days=(1, 80), group=None, first="2025-01-"):
    """Customers won in January, a share of whom come back once, so many days later."""
    rng = np.random.default_rng(seed)
    rows = []
    for who in range(customers):
        name = f"{group or ''}{seed}-{who}"
        start = pd.Timestamp(f"{first}{1 + who % 28:02d}")
        rows.append((name, start))
        if rng.random() < back:
            rows.append((name, start + pd.Timedelta(days=int(rng.integers(*days)))))
    return pd.DataFrame(rows, columns=["customer_id", "paid_at"])


def trade(*parts, last="2025-06-30"):
    """The same with one customer who buys every third day, so that no day looks like lost data."""
    bought = pd.concat(parts)
    days = pd.date_range(bought["paid_at"].min(), last, freq="3D")
    steady = pd.DataFrame({"customer_id": "steady", "paid_at": days})
    return pd.concat([bought, steady], ignore_index=True)


class TestTimeZones:
    """Half past midnight in Shanghai is yesterday in UTC: one purchase moved from June to May."""

    BOUGHT = pd.DataFrame(
        {
            "customer_id": ["a", "a"],
            "paid_at": pd.to_datetime(["2025-01-05 00:30", "2025-02-01 00:30"]),
            "net_amount": 10.0,
        }
    )

    @pytest.mark.parametrize("as_objects", [False, True])
    @pytest.mark.parametrize(
        "asked",
        [
            cohorts.retention,
            cohorts.repurchase,
            cohorts.second_purchase,
            cohorts.cumulative_value,
            cohorts.occasions_of,
        ],
    )
    def test_times_with_a_zone_are_refused_with_the_way_out(self, asked, as_objects):
        zoned = self.BOUGHT.assign(
            paid_at=self.BOUGHT["paid_at"].dt.tz_localize("Asia/Shanghai").dt.tz_convert("UTC")
        )
        if as_objects:
            zoned["paid_at"] = zoned["paid_at"].astype(object)
        with pytest.raises(DataError, match=r"carry a time zone \(UTC\).*tz_localize\(None\)"):
            asked(zoned, as_of=AS_OF)

    def test_the_way_out_gives_the_days_of_the_brand(self):
        zoned = self.BOUGHT["paid_at"].dt.tz_localize("Asia/Shanghai").dt.tz_convert("UTC")
        local = zoned.dt.tz_convert("Asia/Shanghai").dt.tz_localize(None)
        found = cohorts.occasions_of(self.BOUGHT.assign(paid_at=local), as_of=AS_OF)
        wall = cohorts.occasions_of(self.BOUGHT, as_of=AS_OF)
        assert found.day.tolist() == wall.day.tolist()

    def test_days_of_entry_with_a_zone_are_refused_too(self):
        start = self.BOUGHT["paid_at"].dt.tz_localize("UTC")
        people = pd.DataFrame({"customer_id": ["a", "b"], "started_on": start})
        with pytest.raises(DataError, match="'started_on' of the frame 'customers'"):
            cohorts.retention(self.BOUGHT, as_of=AS_OF, customers=people, entry="joined")


class TestDefinition:
    """One customer of 5 January, back on 9 March (day 63): each definition finds him elsewhere."""

    @pytest.fixture
    def bought(self, hand):
        return hand(("a", "2025-01-05"), ("a", "2025-03-09"))

    def ask(self, bought, **how):
        return cohorts.retention(
            bought, as_of=AS_OF, min_customers=1, definition=cohorts.Definition(**how)
        )

    def test_in_a_calendar_month(self, bought):
        assert returned(self.ask(bought)) == {1: 0, 2: 1, 3: 0, 4: 0, 5: 0}

    def test_in_thirty_days_after_the_start(self, bought):
        found = self.ask(bought, windows="rolling")
        assert returned(found) == {1: 0, 2: 0, 3: 1, 4: 0, 5: 0}

    def test_in_or_after_a_calendar_month(self, bought):
        found = self.ask(bought, when="in_or_after", until=4)
        assert returned(found) == {1: 1, 2: 1, 3: 0, 4: 0}

    def test_in_a_calendar_week(self, bought):
        """5 January 2025 is a Sunday and closes its week; 9 March closes the ninth after."""
        assert {k for k, v in returned(self.ask(bought, every="week")).items() if v} == {9}

    def test_in_seven_days_after_the_start(self, bought):
        found = self.ask(bought, every="week", windows="rolling")
        assert {k for k, v in returned(found).items() if v} == {9}
        assert found.table["cohort"].unique().tolist() == ["2024-12-30"]

    def test_the_sentence_says_the_definition(self, bought):
        said = self.ask(bought, windows="rolling").headline.text("en")
        assert "in that stretch of days after their own start" in said

    def test_a_cell_stays_open_until_the_window_of_the_last_member_has_closed(self, hand):
        bought = hand(("a", "2025-01-01"), ("b", "2025-01-31"), ("a", "2025-02-10"))
        how = {"min_customers": 1, "definition": cohorts.Definition(windows="rolling")}
        eve = cohorts.retention(bought, as_of=date(2025, 3, 1), **how)
        assert isinstance(eve, NotEnoughData)  # b's first 30 days end on 2 March
        closed = cohorts.retention(bought, as_of=date(2025, 3, 2), **how)
        assert returned(closed) == {1: 0}

    def test_a_last_age_bounds_the_table_and_changes_no_cell(self, bought):
        every, first = self.ask(bought), self.ask(bought, until=2)
        assert returned(first) == {1: 0, 2: 1}
        kept = every.table[every.table["age_months"] <= 2].reset_index(drop=True)
        pd.testing.assert_frame_equal(first.table.reset_index(drop=True), kept)

    def test_in_or_after_is_open_until_its_last_age_is_over(self, hand):
        bought = hand(("a", "2025-01-05"), ("a", "2025-03-09"))
        how = cohorts.Definition(when="in_or_after", until=3)
        found = cohorts.retention(bought, as_of=date(2025, 4, 29), min_customers=1, definition=how)
        assert isinstance(found, NotEnoughData)

    @pytest.mark.parametrize(
        "how",
        [
            {"every": "day"},
            {"windows": "sliding"},
            {"when": "ever"},
            {"when": "in_or_after"},
            {"until": 0},
        ],
    )
    def test_what_is_no_definition_is_refused(self, how):
        with pytest.raises(ParameterError):
            cohorts.Definition(**how)


class TestEntry:
    def test_people_who_never_bought_count_in_the_cohort_of_their_joining(self, hand):
        bought = hand(("a", "2025-01-05"), ("a", "2025-03-09"))
        people = pd.DataFrame(
            {"who": ["a", "b", "c", "d"], "at": pd.to_datetime(["2025-02-01"] * 3 + [None])}
        )
        found = cohorts.retention(
            bought,
            as_of=AS_OF,
            min_customers=1,
            customers=cohorts.entries(people, who="who", at="at"),
            entry="joined",
        )
        assert found.table["customers"].unique().tolist() == [3]
        assert returned(found, 1) == 1
        assert "joining the private domain" in found.headline.text("en")

    @pytest.mark.parametrize("entry", ["joined", "member"])
    def test_without_anybody_who_joined_it_says_which_export_would_tell(self, hand, entry):
        nobody = pd.DataFrame({"customer_id": [], "started_on": pd.to_datetime([])})
        found = cohorts.retention(
            hand(("a", "2025-01-05")), as_of=AS_OF, customers=nobody, entry=entry
        )
        assert "Needed" in found.say(found.needs)
        assert "Not one order" not in found.say(found.because)

    def test_an_entry_that_is_none_is_refused(self, hand):
        with pytest.raises(ParameterError, match="entry"):
            cohorts.retention(hand(), as_of=AS_OF, entry="birth")


class TestRepurchase:
    def test_the_window_is_each_customers_own(self, hand):
        bought = hand(
            ("a", "2025-01-01"), ("a", "2025-04-01"),  # day 90: inside
            ("b", "2025-01-31"), ("b", "2025-05-02"),  # day 91: outside
        )  # fmt: skip
        found = cohorts.repurchase(bought, as_of=AS_OF, min_customers=1)
        assert found.table[["customers", "returned"]].values.tolist() == [[2, 1]]

    def test_two_orders_of_one_day_are_no_repurchase(self, hand):
        bought = hand(("a", "2025-01-01 09:00"), ("a", "2025-01-01 21:00"))
        found = cohorts.repurchase(bought, as_of=AS_OF, min_customers=1)
        assert found.facts["share"] == 0

    def test_a_month_is_blank_until_its_last_members_window_is_over(self, hand):
        bought = hand(("a", "2025-01-01"), ("b", "2025-01-20"), ("c", "2024-12-05"))
        found = cohorts.repurchase(bought, as_of=date(2025, 4, 19), min_customers=1)
        assert found.table.set_index("cohort")["open"].to_dict() == {
            "2024-12": False,
            "2025-01": True,
        }
        later = cohorts.repurchase(bought, as_of=date(2025, 4, 20), min_customers=1)
        assert not later.table["open"].any()

    def test_the_same_month_a_year_before_is_what_it_is_held_against(self):
        before = buyers(1, back=0.2, first="2024-01-")
        between = buyers(2, back=0.6, first="2024-10-")
        now = buyers(3, back=0.5)
        found = cohorts.repurchase(trade(before, between, now), as_of=AS_OF)
        assert found.headline.key == "repurchase_moved"
        assert "the same month a year before" in found.headline.text("en")
        assert found.facts["change"] == pytest.approx(0.3, abs=0.07)

    def test_months_alike_are_not_distinguishable(self):
        both = trade(buyers(1, first="2024-01-"), buyers(2))
        found = cohorts.repurchase(both, as_of=AS_OF)
        assert found.headline.key == "repurchase_same"
        assert "not distinguishable" in found.headline.text("en")

    def test_where_the_identified_share_moved_months_are_not_compared(self):
        """Ten in a hundred orders more are linked: it looks like coming back, and is none."""
        orders = trade(buyers(1, back=0.3, first="2024-01-"), buyers(2, back=0.6))
        months = pd.DataFrame(
            {
                "month_on": pd.to_datetime(["2024-01-01", "2025-01-01"]),
                "net_amount": [100.0, 100.0],
                "known_amount": [60.0, 70.0],
            }
        )
        found = cohorts.repurchase(orders, as_of=AS_OF, months=months)
        assert [claim.key for claim in found.claims] == ["repurchase", "repurchase_identity"]
        assert found.bundle().tiles[0].before is None
        even = cohorts.repurchase(orders, as_of=AS_OF, months=months.assign(known_amount=60.0))
        assert even.headline.key == "repurchase_moved"

    def test_data_that_begin_in_the_middle_of_trade_are_noticed(self):
        old = buyers(5, customers=2_000, back=0.5, first="2024-11-")
        later = [buyers(6, first="2024-12-"), buyers(7)]
        found = cohorts.repurchase(trade(old, *later), as_of=AS_OF, data_from=date(2024, 11, 1))
        assert [c.key for c in found.claims] == ["repurchase", "repurchase_truncated"]
        assert "apart" in found.table

    def test_all_customers_new_in_the_first_month_is_not_enough(self):
        found = cohorts.repurchase(buyers(1), as_of=AS_OF, data_from=date(2025, 1, 1))
        assert isinstance(found, NotEnoughData)
        assert "after the first one of the data" in found.say(found.needs)

    def test_a_store_that_opened_last_week_is_told_what_it_lacks(self):
        bought = buyers(1).assign(paid_at=pd.Timestamp("2025-06-25"))
        found = cohorts.repurchase(bought, as_of=AS_OF)
        assert "90 days" in found.say(found.because)

    def test_a_window_of_no_days_is_refused(self, hand):
        with pytest.raises(ParameterError, match="within_days"):
            cohorts.repurchase(hand(), as_of=AS_OF, within_days=0)


class TestSplit:
    def both(self, one, other, customers=400):
        bought = pd.concat(
            [
                buyers(1, back=one, group="x", customers=customers),
                buyers(2, back=other, group="y", customers=customers),
            ]
        )
        ids = bought["customer_id"].drop_duplicates().reset_index(drop=True)
        return bought, pd.DataFrame({"customer_id": ids, "kind": ids.str[0]})

    def test_groups_that_differ_are_told_apart(self):
        bought, customers = self.both(0.2, 0.5)
        found = cohorts.split(bought, customers, by="kind", as_of=AS_OF)
        assert found.table["group"].tolist() == ["y", "x"]
        assert set(found.table["verdict"]) == {"told apart"}
        assert "of y, " in found.headline.text("en")

    def test_groups_alike_are_not_and_say_so_beside_their_figure_only(self):
        bought, customers = self.both(0.3, 0.3)
        found = cohorts.split(bought, customers, by="kind", as_of=AS_OF)
        assert set(found.table["verdict"]) == {"not distinguishable"}
        assert found.headline.place == "evidence"

    def test_splitting_and_adding_up_gives_the_whole(self):
        bought, customers = self.both(0.2, 0.5)
        found = cohorts.split(bought, customers, by="kind", as_of=AS_OF)
        whole = cohorts.repurchase(trade(bought), as_of=AS_OF).table
        # The steady customer belongs to no group.
        assert found.table["customers"].sum() == whole["customers"].sum() - 1
        assert found.table["returned"].sum() == whole["returned"].sum() - 1

    def test_one_group_is_nothing_to_compare_and_says_which(self):
        bought, customers = self.both(0.2, 0.5)
        found = cohorts.split(bought, customers.assign(kind="Stores"), by="kind", as_of=AS_OF)
        assert "Stores" in found.say(found.because)

    def test_where_no_group_is_known_it_says_which_export_would_tell(self):
        bought, customers = self.both(0.2, 0.5)
        found = cohorts.split(bought, customers.assign(region=None), by="region", as_of=AS_OF)
        assert "region" in found.say(found.needs)

    def test_a_column_that_there_is_not_is_refused(self):
        bought, customers = self.both(0.2, 0.5)
        with pytest.raises(DataError, match="mood"):
            cohorts.split(bought, customers, by="mood", as_of=AS_OF)

    def test_a_group_of_few_is_shown_but_not_tested(self):
        bought, customers = self.both(0.2, 0.5)
        few = customers["customer_id"].isin(customers["customer_id"].head(12))
        customers.loc[few, "kind"] = "few"
        table = cohorts.split(bought, customers, by="kind", as_of=AS_OF).table
        assert table.set_index("group").loc["few", "verdict"] == "too few"

    def test_fewer_than_ten_people_are_not_shown_nor_told_by_their_complement(self):
        bought, customers = self.both(0.2, 0.5)
        customers.loc[customers.index[:7], "kind"] = "tiny"
        found = cohorts.split(bought, customers, by="kind", as_of=AS_OF)
        shown = {row[0] for row in found.bundle().table.rows}
        assert "tiny" not in shown
        assert len(shown) == 1

    def test_any_two_groups_can_be_compared(self):
        bought, customers = self.both(0.2, 0.5)
        found = cohorts.compare(bought, customers, by="kind", one="y", other="x", as_of=AS_OF)
        assert found.headline.key == "told_apart"
        assert found.facts["change_low"] > 0.2
        same, alike = self.both(0.3, 0.3)
        found = cohorts.compare(same, alike, by="kind", one="y", other="x", as_of=AS_OF)
        assert "not distinguishable" in found.headline.text("en")
        with pytest.raises(DataError, match="nobody"):
            cohorts.compare(same, alike, by="kind", one="nobody", other="x", as_of=AS_OF)

    def edge(self, seed):
        """Two groups near the edge of a finding; what the first lacks early may come later."""
        rng = np.random.default_rng(seed)
        ids = np.array([f"{group}{n:03d}" for group in "xy" for n in range(180)])
        kind = pd.Series(ids).str[0]
        soon = rng.random(360) < kind.map(dict(zip("xy", rng.uniform(0.08, 0.28, 2), strict=True)))
        late = rng.random(360) < kind.map(dict(zip("xy", rng.uniform(0, 0.2, 2), strict=True)))
        start = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(360) % 28, unit="D")
        wait = np.where(soon, rng.integers(1, 90, 360), rng.integers(91, 140, 360))
        back = (soon | late).to_numpy()
        again = start[back] + pd.to_timedelta(wait[back], unit="D")
        bought = pd.DataFrame({"customer_id": [*ids, *ids[back]], "paid_at": [*start, *again]})
        return bought, pd.DataFrame({"customer_id": ids, "kind": kind})

    def test_no_comparison_contradicts_its_interval(self):
        """Over worlds at the edge: each verdict is of its own procedure, and both are said."""
        met = set()
        for seed in range(60):
            bought, customers = self.edge(seed)
            found = cohorts.compare(bought, customers, by="kind", one="y", other="x", as_of=AS_OF)
            gap = found.facts["change_low"] > 0 or found.facts["change_high"] < 0
            curves = found.facts["p"] < 0.05
            said = found.headline.text("en")
            assert ("a difference of" in said) == gap
            assert ("not distinguishable" in said) == (not gap or not curves)
            assert ("over the whole follow-up" in said) == (gap != curves)
            met.add((gap, curves))
        assert len(met) == 4

    def test_no_split_contradicts_its_interval(self):
        met = set()
        for seed in range(60):
            bought, customers = self.edge(seed)
            found = cohorts.split(bought, customers, by="kind", as_of=AS_OF)
            said, key = found.headline.text("en"), found.headline.key
            curves = found.facts["p"] < 0.05
            assert (key == "split_kind_same") == (not curves)
            if curves and key != "split_kind_apart":
                gap = found.facts["change_low"] > 0 or found.facts["change_high"] < 0
                assert (key == "split_kind_one") == gap
                assert ("over the whole follow-up" in said) == (not gap)
            met.add(key)
        assert len(met) == 4

    def test_one_comparison_is_one_test(self):
        bought, customers = self.both(0.2, 0.3)
        waits = cohorts.split(bought, customers, by="kind", as_of=AS_OF).table["p"]
        found = cohorts.compare(bought, customers, by="kind", one="y", other="x", as_of=AS_OF)
        assert found.facts["p"] == pytest.approx(waits.min() / 2)

    def test_holm_is_what_statsmodels_says(self):
        multitest = pytest.importorskip("statsmodels.stats.multitest")
        p = np.random.default_rng(1).uniform(size=30) ** 2
        assert holm(p) == pytest.approx(multitest.multipletests(p, method="holm")[1])

    def test_the_verdicts_are_those_of_lifelines(self):
        """The groups of the waltons as two channels: log-rank 122.249, medians 26 and 58."""
        datasets = pytest.importorskip("lifelines.datasets")
        waltons = datasets.load_waltons()
        first = pd.Timestamp("2025-01-02")
        lived = waltons.assign(customer_id=[f"w{n:03d}" for n in range(len(waltons))])
        back = lived[lived["E"] == 1]
        # Who is censored at a time joined that long before the end; all begin by the end of data.
        end = pd.Timestamp(AS_OF)
        start = pd.Series(first, index=lived.index)
        start[lived["E"] == 0] = end - pd.to_timedelta(lived.loc[lived["E"] == 0, "T"], unit="D")
        again = start[back.index] + pd.to_timedelta(back["T"], unit="D")
        bought = pd.concat(
            [
                pd.DataFrame({"customer_id": lived["customer_id"], "paid_at": start}),
                pd.DataFrame({"customer_id": back["customer_id"], "paid_at": again}),
            ]
        )
        found = cohorts.split(
            bought, lived.rename(columns={"group": "kind"}), by="kind", as_of=AS_OF, within_days=1
        )
        medians = found.table.set_index("group")["median"].to_dict()
        assert medians == {"miR-137": 26, "control": 58}
        # p of a chi-square of 122.249 with one degree of freedom, two tests corrected.
        assert found.table["p"].max() == pytest.approx(2 * 2.0359832222854986e-28, rel=1e-3)
        both = cohorts.second_purchase(bought, as_of=AS_OF)
        assert both.facts["median"] == 56

    def test_months_that_differ_are_told_apart_and_others_are_not(self):
        months = [buyers(n, first=f"2025-{n:02d}-", days=(1, 50)) for n in (1, 2, 3, 4)]
        alike = cohorts.second_purchase(pd.concat(months), as_of=AS_OF)
        assert [claim.key for claim in alike.claims][-1] == "months_alike"
        assert "not distinguishable" in alike.claims[-1].text("en")
        months[2] = buyers(3, first="2025-03-", days=(1, 50), back=0.6)
        found = cohorts.second_purchase(pd.concat(months), as_of=AS_OF)
        assert found.claims[-1].key == "months_apart"
        assert found.facts["clearest"] == "2025-03"


class TestSteps:
    def test_the_time_to_the_third_order_starts_at_the_second(self, hand):
        rows = [(f"c{n}", day) for n in range(12) for day in ("2025-01-01", "2025-01-31")]
        rows += [(f"c{n}", "2025-02-10") for n in range(12)]
        found = cohorts.next_orders(hand(*rows), as_of=AS_OF, min_customers=10)
        table = found.table.set_index("step")
        assert table.loc["first to second", "median"] == 30
        assert table.loc["second to third", "median"] == 10
        assert np.isnan(table.loc["third to fourth", "median"])

    def test_half_not_reached_is_missing_and_not_a_guess(self):
        found = cohorts.next_orders(buyers(1, back=0.3), as_of=AS_OF)
        assert np.isnan(found.table.loc[0, "median"])
        assert found.table.loc[0, "quarter"] > 0

    def test_unlike_customers_are_not_called_a_hard_step(self):
        """Everybody buys at a pace of their own that nothing changes: half often, half hardly."""
        rng, rows = np.random.default_rng(3), []
        for who in range(600):
            wait = 20 if who % 2 else 800
            days = np.unique(rng.integers(0, 28) + np.cumsum(np.ceil(rng.exponential(wait, 12))))
            rows += [(f"c{who}", pd.Timestamp("2025-01-01") + pd.Timedelta(days=d)) for d in days]
        found = cohorts.next_orders(
            pd.DataFrame(rows, columns=["customer_id", "paid_at"]), as_of=AS_OF
        )
        assert found.headline.key == "second_is_sooner"
        assert "this does not tell" in found.headline.text("en")

    def test_the_shares_are_those_of_lifelines(self):
        lifelines = pytest.importorskip("lifelines")
        bought = pd.concat([buyers(1), buyers(4, first="2025-05-")])
        seen = occasions_of(bought, as_of=AS_OF)
        wait = np.where(seen.count > 1, seen.nth(1), seen.as_of) - seen.first
        theirs = lifelines.KaplanMeierFitter().fit(wait, seen.count > 1)
        ours = cohorts.next_orders(bought, as_of=AS_OF).table.loc[0]
        assert ours["share"] == pytest.approx(1 - theirs.predict(90))

    def test_nobody_won_after_the_first_month_is_said(self):
        found = cohorts.next_orders(buyers(1), as_of=AS_OF, data_from=date(2025, 1, 1))
        assert isinstance(found, NotEnoughData)


class TestRates:
    def test_the_three_are_those_of_the_glossary(self, hand):
        """A to E bought in May; in June A twice, B once, and F, who is new, once."""
        rows = [(who, "2025-05-10") for who in "ABCDE"]
        rows += [("A", "2025-06-05"), ("A", "2025-06-20"), ("B", "2025-06-07"), ("F", "2025-06-09")]
        found = cohorts.rates(
            hand(("Z", "2025-01-01"), *rows), as_of=AS_OF, window_days=30, min_customers=1
        )
        got = found.table.set_index("rate")[["counted", "customers"]].T.to_dict("list")
        assert got == {
            "Repeat rate": [1, 3],
            "Buy-back rate": [2, 5],
            "Returning share": [2, 3],
        }
        assert "returning share" in found.headline.text("en")

    def test_two_orders_of_one_day_are_no_repeat(self, hand):
        bought = hand(("Z", "2025-01-01"), ("A", "2025-06-05 09:00"), ("A", "2025-06-05 19:00"))
        found = cohorts.rates(bought, as_of=AS_OF, window_days=30, min_customers=1)
        assert found.facts["repeat"] == 0

    def test_rates_that_look_further_back_than_the_data_are_left_out(self, hand):
        bought = hand(("A", "2025-05-15"), ("B", "2025-06-05"))
        found = cohorts.rates(bought, as_of=AS_OF, window_days=30, min_customers=1)
        assert found.table["rate"].tolist() == ["Repeat rate"]
        assert "too short" in found.say(found.caveats[-1])

    @pytest.mark.parametrize(
        ("begin", "pause", "said"),
        [
            (date(2025, 2, 1), 150, True),  # Nobody of whom all are old was seen before.
            (date(2024, 2, 1), 300, True),  # Half of the history would find nobody.
            (date(2024, 2, 1), 20, False),
        ],
    )
    def test_a_returning_share_that_longer_data_might_raise_is_said_to_be(self, begin, pause, said):
        """All are old customers, who buy every `pause` days for years."""
        rng, who = np.random.default_rng(5), np.repeat(np.arange(900), 40)
        days = rng.integers(0, pause, 900)[who] + np.tile(np.arange(40) * pause, 900)
        at = pd.Timestamp("2025-06-30") - pd.to_timedelta(days, unit="D")
        bought = pd.DataFrame({"customer_id": [f"c{n}" for n in who], "paid_at": at})
        seen = bought[bought["paid_at"] >= pd.Timestamp(begin)]
        found = cohorts.rates(seen, as_of=AS_OF, data_from=begin, window_days=30)
        assert ("may be too low" in " ".join(map(found.say, found.caveats))) == said


class TestDenominators:
    def world(self):
        """Half of 400 are members since February and buy every month; the others bought once."""
        rows, members = [], []
        for n in range(400):
            name = f"c{n:03d}"
            rows.append((name, pd.Timestamp("2025-01-10")))
            if n % 2:
                members.append((name, pd.Timestamp("2025-02-01")))
                rows += [(name, pd.Timestamp(2025, month, 10)) for month in range(2, 7)]
        return (
            pd.DataFrame(rows, columns=["customer_id", "paid_at"]),
            pd.DataFrame(members, columns=["customer_id", "registered_at"]),
        )

    def test_the_same_word_has_a_share_for_each_whom(self):
        bought, members = self.world()
        found = cohorts.denominators(bought, as_of=AS_OF, members=members)
        table = found.table.set_index("of")
        assert found.facts["within"] == 90
        assert table.loc["all new customers", "share"] == 0.5
        assert table.loc["members who had bought before", "share"] == 1.0
        assert found.headline.key == "same_word"
        assert "all new customers" in found.headline.text("en")

    def test_the_window_is_one_that_has_been_watched(self):
        bought, _ = self.world()
        early = cohorts.denominators(bought, as_of=date(2025, 3, 1))
        assert early.facts["within"] == 30
        assert "member table" in early.say(early.caveats[-1])
        opened = cohorts.denominators(bought, as_of=date(2025, 1, 20))
        assert isinstance(opened, NotEnoughData)


class TestMembersAligned:
    def world(self, seed, *, effect=0.0, customers=3_000, after_third=False):
        """Customers of unlike pace; a lot makes some members, some days after the first purchase.

        Or (`after_third`) on the day of the third purchase: one has to stay to become one.
        """
        rng = np.random.default_rng(seed)
        pace = rng.gamma(2.0, 0.006, customers)[:, None]
        first = rng.integers(0, 60, customers)
        day = np.arange(365)
        buys = (rng.random((customers, 365)) < pace) & (day > first[:, None])
        buys[np.arange(customers), first] = True
        joined = first + rng.integers(5, 120, customers)
        if after_third:
            third = (np.cumsum(buys, axis=1) >= 3).argmax(axis=1)
            joined = np.where(third > 0, third, 1_000)
        joined = np.where(rng.random(customers) < 0.5, joined, 1_000)
        more = (rng.random((customers, 365)) < pace * effect) & (day > joined[:, None])
        who, days = np.nonzero(buys | more)
        origin = pd.Timestamp("2025-01-01")
        bought = pd.DataFrame(
            {"customer_id": who.astype(str), "paid_at": origin + pd.to_timedelta(days, unit="D")}
        )
        member = np.flatnonzero(joined < 365)
        since = origin + pd.to_timedelta(joined[member], unit="D")
        return bought, pd.DataFrame(
            {"customer_id": member.astype(str), "registered_at": since + pd.Timedelta("12h")}
        )

    def test_members_who_joined_by_lot_are_not_told_apart_though_the_usual_way_would(self):
        apart = [
            cohorts.members_aligned(*self.world(seed, customers=1_500), as_of=date(2025, 12, 31))
            for seed in range(4)
        ]
        assert sum(found.facts["low"] > 0 or found.facts["high"] < 0 for found in apart) <= 1

    def test_who_has_to_stay_to_join_looks_loyal_unless_aligned(self):
        """Members joined at their third purchase: the usual comparison finds loyalty in it."""
        found = cohorts.members_aligned(*self.world(1, after_third=True), as_of=date(2025, 12, 31))
        assert found.facts["naive"] > 0.1
        assert abs(found.facts["change"]) < 0.05
        assert found.headline.key == "members_same"

    def test_an_effect_is_found_and_still_called_selection(self):
        found = cohorts.members_aligned(*self.world(7, effect=1.0), as_of=date(2025, 12, 31))
        assert found.facts["low"] > 0
        assert "selection, not effect" in found.headline.text("en")

    def test_without_members_it_says_which_table_would_tell(self, hand):
        nobody = pd.DataFrame({"customer_id": [], "registered_at": pd.to_datetime([])})
        found = cohorts.members_aligned(hand(("a", "2025-01-01")), nobody, as_of=AS_OF)
        assert "member table" in found.say(found.needs)


class TestAtMonthEnds:
    def test_the_last_second_of_a_month_is_of_that_month(self, hand):
        bought = hand(("a", "2025-01-31 23:59:59"), ("a", "2025-02-01 00:00:00"))
        found = cohorts.retention(bought, as_of=date(2025, 2, 28), min_customers=1)
        assert found.table["cohort"].tolist() == ["2025-01"]
        assert returned(found) == {1: 1}

    def test_one_customer_one_cohort_only_a_refund_are_answered_in_words(self, hand):
        one = hand(("a", "2025-01-05"))
        only_refunds = hand()
        for bought in (one, only_refunds):
            for ask in (
                cohorts.repurchase,
                cohorts.next_orders,
                cohorts.rates,
                cohorts.denominators,
            ):
                found = ask(bought, as_of=AS_OF)
                assert isinstance(found, NotEnoughData)
                assert found.say(found.because)
                assert found.say(found.needs)


def test_whoever_of_cdnow_came_back_in_or_after_a_month_is_counted_once():
    orders, as_of = cdnow.orders(), date(1998, 6, 30)
    found = cohorts.retention(orders, as_of=as_of).table
    wide = found.pivot_table(index="cohort", columns="age_months", values="returned")
    after = cohorts.Definition(when="in_or_after", until=12)
    later = cohorts.retention(orders, as_of=as_of, definition=after).table
    once = later.pivot_table(index="cohort", columns="age_months", values="returned")
    assert (once[1] >= wide[1]).all()
    assert once[12].tolist() == wide[12].tolist()
