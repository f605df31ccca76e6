"""Comparable: linking that moved, or refunds still to come, make no judgement."""

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from insights.analyses import cohorts
from insights.analyses.cohorts import comparable
from insights.analyses.cohorts.refunds import RefundCurve
from tests.analyses.test_joining import ordering, people, together

AS_OF = date(2025, 6, 30)


def ledger(known, net=1_000.0):
    """The mart `sales_month`: sales that stand still, a share of which has a known buyer."""
    months = pd.date_range("2024-01-01", "2025-06-01", freq="MS")
    return pd.DataFrame(
        {"month_on": months, "net_amount": net, "known_amount": [net * known(m) for m in months]}
    )


STEADY = ledger(lambda month: 0.4)
LINKED = ledger(lambda month: 0.4 if month < pd.Timestamp("2025-05-01") else 0.5)


def buyers():
    """Forty new customers a month, half of whom buy again a month later."""
    rows = []
    for number, month in enumerate(pd.date_range("2025-01-01", "2025-05-01", freq="MS")):
        for who in range(40):
            rows.append((f"{number}-{who}", month + pd.Timedelta(days=who % 28)))
            if who % 2:
                rows.append((f"{number}-{who}", month + pd.Timedelta(days=32 + who % 20)))
    return pd.DataFrame(rows, columns=["customer_id", "paid_at"]).assign(net_amount=10.0)


def curve(settle=20, coming=300.0):
    """What stands in a refund curve of what is used here."""
    found = object.__new__(RefundCurve)
    table = pd.DataFrame({"channel": ["douyin"], "settle_days": [settle], "to_come_high": [coming]})
    object.__setattr__(found, "table", table)
    object.__setattr__(found, "facts", {"blind": 0})
    return found


class TestIdentity:
    @pytest.mark.parametrize("asked", [cohorts.retention, cohorts.cumulative_value])
    def test_the_newest_cohort_is_held_against_others_of_the_same_linking_only(self, asked):
        how = {"as_of": AS_OF, "data_from": date(2024, 1, 1)}
        same = asked(buyers(), months=STEADY, **how)
        assert same.tiles[0].before is not None
        assert not any(claim.key.endswith("_identity") for claim in same.claims)
        moved = asked(buyers(), months=LINKED, **how)
        assert moved.tiles[0].before is None
        assert moved.tiles[0].against is None
        said = next(claim for claim in moved.claims if claim.key.endswith("_identity"))
        assert "went from 42% to " in said.text("en")

    def test_so_is_repurchase_over_the_whole_time_in_which_second_orders_fall(self):
        """February is compared with January; linking moved in May, which its windows reach."""
        how = {"as_of": date(2025, 5, 31), "data_from": date(2024, 1, 1)}
        same = cohorts.repurchase(buyers(), months=STEADY, **how)
        assert (same.facts["month"], same.facts["like_for_like"]) == ("2025-02", True)
        late = ledger(lambda month: 0.4 if month < pd.Timestamp("2025-05-01") else 0.6)
        moved = cohorts.repurchase(buyers(), months=late, **how)
        assert "repurchase_identity" in {claim.key for claim in moved.claims}
        assert moved.bundle().tiles[0].before is None

    def test_so_are_the_newest_weeks_of_joiners(self):
        first = pd.Timestamp("2025-03-03 09:00")
        weeks = together(
            *[
                ordering(
                    people(100, name=f"w{n}-", joined=first + pd.Timedelta(weeks=n)),
                    0.3 if n > 9 else 0.1,
                )
                for n in range(15)
            ]
        )
        same = cohorts.scorecard(weeks, as_of=AS_OF, months=STEADY)
        assert same.headline.key == "weeks_moved"
        moved = cohorts.scorecard(weeks, as_of=AS_OF, months=LINKED)
        assert moved.headline.key == "newest_weeks"
        assert moved.tiles[0].before is None
        assert "scorecard_identity" in {claim.key for claim in moved.claims}

    def test_a_share_within_two_points_or_unknown_withholds_nothing(self):
        little = ledger(lambda month: 0.4 if month < pd.Timestamp("2025-05-01") else 0.419)
        assert comparable.identity(["2025-05"], ["2025-04"], little)["like_for_like"]
        assert comparable.identity(["2025-05"], ["2025-04"], None)["like_for_like"]


class TestUnsettled:
    def test_a_month_that_may_lose_more_is_held_against_none(self):
        months = pd.DataFrame(
            {
                "month_on": pd.to_datetime(["2025-05-01", "2025-06-01"]),
                "orders": [10, 10],
                "gross_amount": [1_000.0, 1_000.0],
                "refund_amount": [400.0, 100.0],
                "net_amount": [600.0, 900.0],
                "known_amount": [300.0, 400.0],
            }
        )
        young = cohorts.sales(months, as_of=AS_OF, refunds=curve())
        assert young.tiles[0].before is None
        assert "refunds still come" in young.say(young.tiles[0].note)
        later = cohorts.sales(months, as_of=date(2025, 7, 20), refunds=curve())
        assert later.tiles[0].before == "before_net"

    def test_value_stands_on_cells_that_have_settled(self):
        how = {"as_of": AS_OF, "data_from": date(2024, 1, 1)}
        every = cohorts.cumulative_value(buyers(), **how)
        settled = cohorts.cumulative_value(buyers(), refunds=curve(), **how)
        assert every.facts["last"] == "2025-03"  # three months after it June is over
        # June is not settled, so what April's customers had brought in by the end of May is last.
        assert (settled.facts["age"], settled.facts["last"]) == (1, "2025-04")
        assert any("not settled" in caveat for caveat in settled.caveats)

    def test_second_orders_that_may_still_go_back_widen_repurchase(self):
        """All of February's customers come back, a quarter in days that are not settled."""
        how = {"as_of": date(2025, 5, 31), "data_from": date(2024, 1, 1)}
        won = {"2025-01-15": ["2025-02-20"] * 30, "2025-02-28": ["2025-03-20"] * 30}
        won["2025-02-28"] += ["2025-05-25"] * 10
        rows = [("steady", day) for day in pd.date_range("2025-01-01", "2025-05-31")]
        for first, again in won.items():
            rows += [(f"{first} {who}", first) for who in range(40)]
            rows += [(f"{first} {who}", back) for who, back in enumerate(again)]
        rows = pd.DataFrame(rows, columns=["customer_id", "paid_at"])
        rows["paid_at"] = pd.to_datetime(rows["paid_at"])
        sure = cohorts.repurchase(rows, **how)
        assert (sure.headline.key, sure.facts["unsettled"]) == ("repurchase_moved", 0)
        young = cohorts.repurchase(rows, refunds=curve(settle=10), **how)
        assert young.headline.key == "repurchase_same"
        assert (young.facts["share"], young.facts["unsettled"]) == (1.0, 10)
        assert young.facts["low"] < 0.75 < sure.facts["low"]
        assert young.facts["change_low"] < sure.facts["change_low"]
        assert young.facts["change_high"] == sure.facts["change_high"]
        assert any("10 of those won in 2025-02" in young.say(said) for said in young.caveats)
        assert young.table.set_index("cohort")["low"]["2025-01"] == pytest.approx(
            sure.table.set_index("cohort")["low"]["2025-01"]
        )

    def test_second_orders_that_may_still_go_back_widen_retention(self):
        how = {"as_of": AS_OF, "data_from": date(2024, 1, 1)}
        sure = cohorts.retention(buyers(), **how)
        young = cohorts.retention(buyers(), refunds=curve(), **how)
        # Won in May on days 2 to 28, back 32 to 51 days later: after 10 June, and not before.
        came = buyers()
        late = came[came["customer_id"].str.startswith("4-") & (came["paid_at"] > "2025-06-10")]
        assert young.facts["unsettled"] == late["customer_id"].nunique() > 0
        assert young.facts["newest_low"] < sure.facts["newest_low"]
        assert young.facts["newest_share"] == sure.facts["newest_share"]
        assert young.facts["low"] < sure.facts["low"]
        assert young.facts["earlier_low"] == sure.facts["earlier_low"]
        assert not any("last 20 days" in sure.say(said) for said in sure.caveats)
        assert any("last 20 days" in young.say(said) for said in young.caveats)

    def test_weeks_whose_orders_may_still_go_back_are_shown_but_not_judged(self):
        first = pd.Timestamp("2025-03-03 09:00")
        weeks = together(
            *[
                ordering(
                    people(100, name=f"w{n}-", joined=first + pd.Timedelta(weeks=n)),
                    0.5 if n > 13 else 0.1,  # the week of 9 June: not settled on the 30th
                )
                for n in range(15)
            ]
        )
        found = cohorts.scorecard(weeks, as_of=AS_OF, refunds=curve())
        assert found.facts["last_week"] == "2025-05-26"
        assert found.headline.key == "weeks_same"
        assert found.table["soon"].max() == 0.5
        assert cohorts.scorecard(weeks, as_of=AS_OF).headline.key == "weeks_moved"

    def test_what_may_still_go_back_widens_the_basket(self):
        from tests.analyses.test_cohort_growth import quarters_of, some  # noqa: PLC0415

        frame = quarters_of({"2024-04-01": some(0, 300), "2025-04-01": some(0, 300, amount=101.0)})
        sure = cohorts.growth(frame, as_of=AS_OF).parts.set_index("part").loc["basket"]
        young = cohorts.growth(frame, as_of=AS_OF, refunds=curve()).parts.set_index("part")
        assert sure["low"] > 0
        assert young.loc["basket", "low"] == pytest.approx(0, abs=1.0)  # 300 of 30,300 may go back

    def test_a_target_is_not_met_by_money_that_may_still_go_back(self):
        sold = pd.DataFrame(
            {
                "month_on": pd.to_datetime(["2025-06-01"]),
                "channel": ["douyin"],
                "is_private": [False],
                "net_amount": [1_000.0],
                "net_square": [10_000.0],
            }
        )
        band = pd.DataFrame(
            {
                "metric": ["net_amount"],
                "scope": ["all"],
                "period": ["2025-06"],
                "low": [900.0],
                "high": [None],
            }
        )
        assert cohorts.targets(band, sold, as_of=AS_OF).facts["verdict"] == "within"
        young = cohorts.targets(band, sold, as_of=AS_OF, refunds=curve(coming=300.0))
        assert young.facts["verdict"] == "unsure"
        later = cohorts.targets(band, sold, as_of=date(2025, 7, 20), refunds=curve())
        assert later.facts["verdict"] == "within"

    def test_without_a_curve_there_is_nothing_to_wait_for(self):
        none = SimpleNamespace(enough=False)
        assert not comparable.unsettled(AS_OF, AS_OF, none)
        assert comparable.to_come(none) == 0
