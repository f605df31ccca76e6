"""Growth, the stock of contacts, the ladder and targets: on tables made by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses.cohorts import contacts_stock, growth, ladder
from insights.errors import CheckFailed
from insights.models.gaps import Gap
from insights.periods import month_ends
from insights.results import NotEnoughData
from tests.truth.plant import Coverage, false_alarms_hold, rate_holds

AS_OF = date(2026, 6, 30)


def quarters_of(buyers):
    """The mart `growth_quarters` of {quarter start: {customer: [amounts]}}."""
    rows, before, ever = [], set(), set()
    for start, bought in buyers.items():
        who = set(bought)
        occasions = np.array([len(amounts) for amounts in bought.values()], float)
        net = np.array([sum(amounts) for amounts in bought.values()], float)
        rows.append(
            {
                "quarter_on": pd.Timestamp(start),
                "customers": len(who),
                "new_customers": len(who - ever),
                "kept_customers": len(who & before),
                "returned_customers": len((who & ever) - before),
                "lost_customers": len(before - who),
                "occasions": int(occasions.sum()),
                "net_amount": net.sum(),
                "occasion_square": (occasions**2).sum(),
                "net_square": (net**2).sum(),
                "occasion_net": (occasions * net).sum(),
            }
        )
        before, ever = who, ever | who
    return pd.DataFrame(rows)


def some(first, count, *, each=1, amount=100.0):
    return {f"c{number}": [amount] * each for number in range(first, first + count)}


class TestGrowth:
    def test_more_customers_alone_are_all_of_the_change(self):
        found = growth(
            quarters_of({"2025-04-01": some(0, 100), "2026-04-01": some(0, 400)}), as_of=AS_OF
        )
        parts = found.parts.set_index("part")
        assert parts["effect"].round(6).to_dict() == {
            "customers": 30_000, "frequency": 0, "basket": 0
        }  # fmt: skip
        assert found.headline.key == "what_moved_sales"
        assert "Customers" in found.headline.text("en")

    def test_the_parts_add_up_whatever_moved(self):
        found = growth(
            quarters_of(
                {"2025-04-01": some(0, 90, amount=80.0),
                 "2026-04-01": some(40, 70, each=3, amount=130.0)}
            ),
            as_of=AS_OF,
        )  # fmt: skip
        assert found.parts["effect"].sum() == pytest.approx(70 * 3 * 130 - 90 * 80)

    def test_new_kept_returned_and_lost(self):
        found = growth(
            quarters_of(
                {"2025-10-01": some(0, 50), "2026-01-01": some(20, 50), "2026-04-01": some(0, 60)}
            ),
            as_of=AS_OF,
        )
        newest = found.table.iloc[-1]
        # 0-19 return, 20-59 are kept; 60-69 are lost, and nobody is new.
        assert newest[["new_customers", "kept_customers"]].tolist() == [0, 40]
        assert newest[["returned_customers", "lost_customers"]].tolist() == [20, 10]
        assert "60 customers = 0 new + 40 kept + 20 returned" in found.claims[1].text("en")

    def test_the_same_quarter_a_year_before_is_compared_where_there_is_one(self):
        frame = quarters_of({f"2025-{m:02d}-01": some(0, 40) for m in (1, 4, 7, 10)})
        frame = pd.concat([frame, quarters_of({"2026-01-01": some(0, 40)})])
        frame.loc[frame["quarter_on"] == "2026-01-01", ["new_customers", "kept_customers"]] = 0, 40
        assert growth(frame, as_of=AS_OF).facts["then"] == "2025-Q1"

    def test_better_linking_is_a_part_of_its_own_and_no_customer_who_came(self):
        """Trade stands still; of 100 orders a quarter 40 can be linked, a year later 50."""
        frame = quarters_of({"2025-04-01": some(0, 400), "2026-04-01": some(0, 500)})
        ledger = pd.DataFrame(
            {
                "month_on": pd.to_datetime(["2025-04-01", "2026-05-01"]),
                "net_amount": [100_000.0, 100_000.0],
                "known_amount": [40_000.0, 50_000.0],
            }
        )
        found = growth(frame, as_of=AS_OF, months=ledger)
        parts = found.parts.set_index("part")
        assert parts.loc["identity", "effect"] == pytest.approx(10_000)
        assert parts.loc["customers", "effect"] == pytest.approx(0, abs=1e-6)
        assert not parts.loc["customers", "sure"]
        assert parts["effect"].sum() == pytest.approx(10_000)
        assert found.headline.key == "what_moved_sales"
        assert "Better or worse linking" in found.headline.text("en")
        said = next(c for c in found.claims if c.key == "growth_identity").text("en")
        assert "40% to 50%" in said
        # Without the ledger the same is taken for customers, and only a caveat says what it may be.
        blind = growth(frame, as_of=AS_OF)
        assert blind.parts.set_index("part").loc["customers", "effect"] == pytest.approx(10_000)
        assert "looks like growth" in blind.say(blind.caveats[0])

    def test_a_left_truncated_panel_is_said(self):
        frame = quarters_of({"2025-04-01": some(0, 100), "2026-04-01": some(0, 400)})
        found = growth(frame, as_of=AS_OF, data_from=date(2025, 4, 1))
        assert any("new ones of the first quarters are too many" in c for c in found.caveats)

    def test_a_quarter_in_which_data_begin_is_compared_with_none(self):
        starts = ("2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01", "2026-01-01")
        frame = quarters_of(dict.fromkeys(starts, some(0, 200)) | {starts[0]: some(0, 60)})
        as_of = date(2026, 3, 31)
        found = growth(frame, as_of=as_of, data_from=date(2025, 2, 14))
        assert (found.facts["then"], found.facts["now"]) == ("2025-Q4", "2026-Q1")
        assert found.headline.key == "nothing_moved_sales"
        assert "compared with none: 2025-Q1." in " ".join(map(found.say, found.caveats))
        first, second = found.table.iloc[0], found.table.iloc[1]
        assert (
            first.drop(["quarter_on", "period", "quarter"]).filter(list(found.columns)).isna().all()
        )
        assert second["customers"] == 200
        assert pd.isna(second["new_customers"])  # Of whom, nobody knows: 140 only look new.
        whole = growth(frame, as_of=as_of, data_from=date(2025, 1, 1))
        assert whole.facts["then"] == "2025-Q1"

    def test_a_quarter_of_which_days_are_missing_is_compared_with_none(self):
        starts = ("2025-04-01", "2025-07-01", "2025-10-01", "2026-01-01", "2026-04-01")
        frame = quarters_of(dict.fromkeys(starts, some(0, 200)))
        lost = [Gap(date(2026, 3, 20), date(2026, 4, 2))]
        found = growth(frame, as_of=AS_OF, gaps=lost)
        assert (found.facts["then"], found.facts["now"]) == ("2025-Q3", "2025-Q4")
        assert found.facts["blank"] == "2026-Q1, 2026-Q2"
        assert isinstance(growth(frame.tail(3), as_of=AS_OF, gaps=lost), NotEnoughData)

    def test_few_who_came_or_went_are_told_nowhere(self):
        """Three are lost and three are new: any of the four would tell them, with the customers."""
        found = growth(
            quarters_of({"2026-01-01": some(0, 100), "2026-04-01": some(3, 100)}), as_of=AS_OF
        )
        assert [claim.key for claim in found.claims] == ["nothing_moved_sales"]
        four = ["new_customers", "kept_customers", "returned_customers", "lost_customers"]
        assert found.table.loc[1, four].isna().all()
        assert found.table.loc[1, "customers"] == 100
        assert {found.facts[name] for name in four} == {None}
        assert "fewer than 10 people" in found.say(found.caveats[1])
        assert found.bundle().svg

    def test_a_quarter_that_is_not_over_is_left_out(self):
        frame = quarters_of({"2026-01-01": some(0, 40), "2026-04-01": some(0, 40)})
        assert isinstance(growth(frame, as_of=date(2026, 6, 29)), NotEnoughData)

    @pytest.mark.parametrize("count", [15, pytest.param(150, marks=pytest.mark.slow)])
    def test_a_planted_change_lies_within_its_interval_as_often_as_promised(self, count):
        draw, cover, alarms = np.random.default_rng(4), Coverage(0.95), 0
        for _ in range(count):
            worlds = []
            for rate, scale in ((300, 50.0), (330, 55.0)):
                n = draw.poisson(rate)
                occasions = 1 + draw.poisson(0.4, n)
                worlds.append(
                    {f"c{i}": list(draw.gamma(2, scale, k)) for i, k in enumerate(occasions)}
                )
            found = growth(
                quarters_of({"2025-04-01": worlds[0], "2026-04-01": worlds[1]}), as_of=AS_OF
            )
            facts, parts = found.facts, found.parts.set_index("part")
            scale = facts["change"] / np.log(facts["net"] / facts["net_then"])
            for part in ("customers", "basket"):
                row = parts.loc[part]
                cover.add(row["low"], row["high"], scale * np.log(1.1))
            alarms += bool(parts.loc["frequency", "sure"])
        assert cover.holds(), cover.share
        assert false_alarms_hold(alarms, count, 0.05)
        # Nor is the interval too wide, which few worlds would not tell.
        assert count < 100 or (cover.fits() and rate_holds(alarms, count, 0.05))

    def test_customers_that_do_not_balance_are_not_published(self):
        frame = quarters_of({"2026-01-01": some(0, 40), "2026-04-01": some(0, 40)})
        with pytest.raises(CheckFailed, match="growth_balances"):
            growth(frame.assign(kept_customers=[0, 39]), as_of=AS_OF)


def activity_of(gained, lost, *, until=AS_OF):
    """The mart `contact_activity`: so many people gained and lost a day."""
    days = pd.date_range(end=until, periods=len(gained))
    return pd.DataFrame(
        {"on_date": days, "gained": gained, "returned": 0, "lost": lost, "added": gained,
         "deleted": lost}
    )  # fmt: skip


def simulated(seed, *, days=364, gain=12.0, leave=0.004, wave=0.0):
    """People who come at a pace of the week and leave by themselves; and how many there will be."""
    draw = np.random.default_rng(seed)
    ahead, stock, gained, lost = 91, 2_000, [], []
    pace = np.repeat(np.exp(wave * draw.standard_normal((days + ahead) // 7)), 7)
    for day in range(days + ahead):
        come, go = draw.poisson(gain * pace[day]), draw.binomial(stock, leave)
        stock += come - go
        gained.append(come + (2_000 if day == 0 else 0))
        lost.append(go)
    return activity_of(gained[:days], lost[:days]), stock


class TestContactsStock:
    def test_whoever_came_less_whoever_went_is_there(self):
        found = contacts_stock(activity_of([3] * 100, [1] * 100), as_of=AS_OF)
        assert found.facts["stock"] == 200
        assert found.table["contacts"].iloc[-1] == 200
        assert found.table["net"].sum() == 200

    def test_days_on_which_nothing_happened_are_days(self):
        frame = activity_of([7] * 200, [0] * 200).iloc[::7]
        found = contacts_stock(frame, as_of=AS_OF)
        assert found.facts["behind"] == 26

    def test_a_pool_that_loses_as_many_as_it_gains_is_forecast_to_stay(self):
        frame, _ = simulated(1, gain=8.0, leave=0.004)
        found = contacts_stock(frame, as_of=AS_OF)
        assert found.facts["low"] < found.facts["stock"] < found.facts["high"]

    def test_friendships_are_not_people(self):
        frame = activity_of([3] * 100, [1] * 100)
        found = contacts_stock(frame.assign(added=frame["gained"] + 1), as_of=AS_OF)
        assert found.facts["friendships"] == 300
        assert found.claims[-1].key == "friendships_are_not_people"

    def test_the_chance_of_an_aim_falls_with_the_aim(self):
        frame, _ = simulated(2)
        chances = [
            contacts_stock(frame, as_of=AS_OF, aim=aim).facts["chance"]
            for aim in (1_000, 3_500, 9_000)
        ]
        assert chances[0] > 0.99
        assert chances[2] < 0.01
        assert chances == sorted(chances, reverse=True)

    @pytest.mark.parametrize(
        ("aim", "said"), [(1_000, "is above 99%"), (3_500, "contacts by"), (9_000, "is below 1%")]
    )
    def test_no_chance_is_said_to_be_none_or_certain(self, aim, said):
        found = contacts_stock(simulated(2)[0], as_of=AS_OF, aim=aim)
        (claim,) = [claim for claim in found.claims if claim.key == "contact_aim"]
        assert said in claim.text("en")
        assert " 0%" not in claim.text("en")
        assert " 100%" not in claim.text("en")

    @pytest.mark.parametrize("wave", [0.0, 0.4])
    @pytest.mark.parametrize("count", [15, pytest.param(120, marks=pytest.mark.slow)])
    def test_the_forecast_holds_as_often_as_it_claims(self, wave, count):
        cover = Coverage(0.80)
        for seed in range(count):
            frame, truth = simulated(seed, wave=wave)
            facts = contacts_stock(frame, as_of=AS_OF).facts
            cover.add(facts["low"], facts["high"], truth)
        assert cover.holds(), cover.share
        # Nor much more often: a band that always holds says nothing.
        assert count < 100 or cover.share < 0.93

    def test_a_few_weeks_are_no_forecast(self):
        found = contacts_stock(activity_of([3] * 60, [0] * 60), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "WeCom" in found.say(found.needs)

    def test_without_contacts_it_says_which_export_has_them(self):
        assert isinstance(contacts_stock(activity_of([], []), as_of=AS_OF), NotEnoughData)


def moves_of(*months):
    """The mart `ladder_moves` of several month ends, each a mapping (from, to) -> people."""
    days = month_ends(AS_OF, count=len(months), first=date(2020, 1, 1))
    return pd.concat(
        [
            pd.DataFrame(
                [(start, end, people) for (start, end), people in month.items()],
                columns=["from_step", "to_step", "people"],
            ).assign(as_of=pd.Timestamp(day))
            for day, month in zip(days, months, strict=True)
        ]
    )


STEADY = {
    ("fan", "fan"): 900, ("fan", "customer"): 100, ("new", "fan"): 100,
    ("customer", "customer"): 380, ("customer", "regular"): 20, ("customer", "lapsed"): 100,
}  # fmt: skip


class TestLadder:
    def test_shares_are_of_those_who_stood_on_the_step(self):
        found = ladder(moves_of(STEADY), as_of=AS_OF)
        row = found.table.set_index(["from_step", "to_step"]).loc[("fan", "customer")]
        assert row["share"] == 0.1
        assert row["low"] < 0.1 < row["high"]

    def test_more_lapsing_than_returning_is_said_where_it_is_sure(self):
        found = ladder(moves_of(STEADY), as_of=AS_OF)
        assert found.claims[1].key == "more_lapse_than_return"
        alike = STEADY | {("customer", "lapsed"): 22}
        assert ladder(moves_of(alike), as_of=AS_OF).claims[1].key == "customers_move"

    def test_a_month_begins_with_whom_the_one_before_ended(self):
        first = {("fan", "fan"): 1_000, ("customer", "customer"): 500}
        assert ladder(moves_of(first, STEADY), as_of=AS_OF).checks[0].passed
        with pytest.raises(CheckFailed, match="ladder_closes"):
            ladder(moves_of({("fan", "fan"): 700}, STEADY), as_of=AS_OF)

    def test_the_month_in_which_all_are_new_is_left_out(self):
        found = ladder(moves_of({("new", "fan"): 1_000}, STEADY), as_of=AS_OF)
        assert found.facts["months"] == 1

    def test_rare_moves_go_together_so_that_nobody_can_be_told(self):
        rare = STEADY | {("fan", "regular"): 3, ("fan", "ambassador"): 1}
        table = ladder(moves_of(rare), as_of=AS_OF).table
        fans = table[table["from_step"] == "fan"]
        # Three and one are four, still too few: the next rarest goes with them.
        assert fans.set_index("to_step")["people"].to_dict() == {"fan": 900, "elsewhere": 104}
        assert (table["people"] >= 10).all()

    def test_the_newest_month_has_no_column_where_few_people_moved_in_it(self):
        before = {("fan", "fan"): 1_000, ("customer", "customer"): 480, ("customer", "regular"): 20}
        now = STEADY | {
            ("customer", "regular"): 9, ("customer", "lapsed"): 91, ("regular", "regular"): 20,
        }  # fmt: skip
        found = ladder(moves_of(before, now), as_of=AS_OF)
        assert found.table["people"].min() >= 10
        assert found.table["newest"].isna().all()
        assert ladder(moves_of(STEADY), as_of=AS_OF).table["newest"].min() >= 10

    def test_steps_of_few_people_are_said_together(self):
        few = STEADY | {("regular", "ambassador"): 3, ("regular", "regular"): 60}
        found = ladder(moves_of(few), as_of=AS_OF)
        said = found.claims[-1].text("en")
        assert "1,000 prospects and fans, 563 customers, regulars and ambassadors" in said
        assert "100 have lapsed" in said
        assert found.facts["ambassador_now"] is None
        assert any("is not said" in found.say(caveat) for caveat in found.caveats)
        # Few of all who ever bought: nothing is said of where people stand.
        fans = {("fan", "fan"): 900, ("new", "fan"): 20, ("fan", "customer"): 4}
        assert [claim.key for claim in ladder(moves_of(fans), as_of=AS_OF).claims] == []

    def test_fans_who_skip_a_step_have_become_buyers_too(self):
        skip = STEADY | {("fan", "regular"): 20, ("fan", "ambassador"): 10, ("fan", "fan"): 870}
        facts = ladder(moves_of(skip), as_of=AS_OF).facts
        assert facts["fan_buyer_share"] == 0.13
        assert facts["fan_buyer_low"] < 0.13 < facts["fan_buyer_high"]
        # Three and nine go together as "elsewhere": the sum of buyers would tell them apart.
        told = STEADY | {("fan", "regular"): 3, ("fan", "prospect"): 9}
        assert ladder(moves_of(told), as_of=AS_OF).facts["fan_buyer_share"] is None

    def test_nothing_is_said_of_lapsing_before_a_year_was_seen(self):
        found = ladder(moves_of(STEADY), as_of=AS_OF, data_from=date(2025, 12, 1))
        assert [claim.key for claim in found.claims] == [
            "fans_become_customers",
            "who_stands_where",
        ]
        assert any("too young" in found.say(caveat) for caveat in found.caveats)
        old = ladder(moves_of(STEADY), as_of=AS_OF, data_from=date(2025, 1, 1))
        assert "more_lapse_than_return" in {claim.key for claim in old.claims}

    def test_without_known_people_it_says_what_is_needed(self):
        found = ladder(moves_of({("new", "fan"): 1_000}), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)

    def test_where_nobody_moved_there_is_nothing_to_draw(self):
        assert ladder(moves_of({("fan", "fan"): 900}), as_of=AS_OF).plot() is None

    def test_month_ends_are_whole_months_within_the_data(self):
        days = month_ends(date(2026, 3, 15), count=5, first=date(2025, 12, 31))
        assert days == [date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28)]


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_every_sentence_is_said_without_a_gap(lang):
    results = [
        growth(quarters_of({"2025-04-01": some(0, 99), "2026-04-01": some(0, 400)}), as_of=AS_OF),
        contacts_stock(activity_of([3] * 200, [1] * 200), as_of=AS_OF, aim=500),
        ladder(moves_of(STEADY), as_of=AS_OF),
    ]
    for found in results:
        assert found.bundle().svg
        for text in [claim.text(lang) for claim in found.claims]:
            assert not {"nan", "None", "{"} & set(text.split())
