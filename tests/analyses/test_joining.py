"""Joining: people, not friendships; three kinds never mixed; every order accounted for."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import cohorts
from insights.errors import CheckFailed, MissingColumns
from insights.results import NotEnoughData

AS_OF = date(2025, 6, 30)
END = pd.Timestamp("2025-07-01")


def people(count, *, joined="2025-03-05 12:00", card="card", name="p", **more):
    """People who joined at one moment, alike but for their number."""
    frame = pd.DataFrame(
        {
            "person": [f"{name}{n:04d}" for n in range(count)],
            "joined_at": pd.Timestamp(joined),
            "staff_id": "g1",
            "role": "guide",
            "region": "East",
            "card": card,
            "friendships": 1,
            "left_at": pd.NaT,
            "spoke": pd.array([None] * count, dtype="Int64"),
            "has_unionid": 1,
            "burst": 1,
            "replied_at": pd.NaT,
            "responded_at": pd.NaT,
            "bought_before": 0,
            "next_at": pd.NaT,
            "purchases_after": 0,
        }
    )
    times = ["left_at", "replied_at", "responded_at", "next_at"]
    frame[times] = frame[times].astype("datetime64[ns]")
    return frame.assign(**more)


def ordering(frame, share, *, days=3.0):
    """The same, the first of whom ordered so many days after joining."""
    ordered = np.arange(len(frame)) < round(share * len(frame))
    at = frame["joined_at"] + pd.Timedelta(days=days)
    return frame.assign(next_at=at.where(ordered), purchases_after=ordered.astype(int))


def together(*frames):
    return pd.concat(frames, ignore_index=True)


class TestJoiners:
    def found(self, *frames, **how):
        return cohorts.joiners(together(*frames), as_of=AS_OF, **how)

    def test_who_had_bought_before_is_no_new_customer(self):
        found = self.found(
            ordering(people(100, name="old", bought_before=2), 0.5),
            ordering(people(200, name="new"), 0.1),
        )
        table = found.table.set_index("kind")
        assert table.loc["had bought before being added", "share"] == 0.5
        assert table.loc["new to us", "share"] == 0.1
        assert found.facts["share"] == 0.1

    def test_padding_is_counted_apart_and_dilutes_no_group(self):
        real = ordering(people(200, name="new"), 0.1)
        bought = people(300, name="pad", has_unionid=0, burst=9, left_at=pd.Timestamp("2025-03-06"))
        found = self.found(real, bought)
        table = found.table.set_index("kind")
        assert table.loc["no sign of life", "people"] == 300
        assert table.loc["new to us", "share"] == 0.1
        assert found.facts["padded"] == 300
        assert found.facts["share"] == pytest.approx(20 / 500)  # and the whole is said as well
        assert "to be looked at, not judged" in found.claims[1].text("en")

    @pytest.mark.parametrize("padded", [3, 297])
    def test_few_who_look_padded_or_do_not_are_not_told(self, padded):
        silent = people(300, has_unionid=0).assign(burst=np.where(np.arange(300) < padded, 9, 1))
        found = self.found(silent, people(40, name="q"))
        assert found.facts["padded"] is None
        assert "no sign of life after 30 days. They are" in found.claims[1].text("en")

    @pytest.mark.parametrize(
        "sign",
        [
            {"spoke": pd.array([1] * 40, dtype="Int64")},
            {"has_unionid": 1},
            {"responded_at": pd.Timestamp("2025-03-09")},
            {"next_at": pd.Timestamp("2025-04-03")},
        ],
    )
    def test_any_sign_of_life_is_enough(self, sign):
        found = self.found(people(40, **({"has_unionid": 0} | sign)))
        assert found.facts["silent_people"] == 0

    @pytest.mark.parametrize("sign", ["responded_at", "next_at"])
    def test_what_comes_after_the_window_is_no_sign_within_it(self, sign):
        late = people(40, has_unionid=0, **{sign: pd.Timestamp("2025-04-05")})  # 31 days later
        found = self.found(late)
        assert found.facts["silent_people"] == 40

    def test_a_later_day_changes_nobody_whose_window_is_over(self):
        """Orders and responses by chance through half a year: kinds and weeks stay as they were."""
        rng = np.random.default_rng(4)
        joined = pd.Timestamp("2025-01-06") + pd.to_timedelta(rng.integers(0, 90, 600), unit="D")
        waits = rng.exponential(40 * 24, (600, 2))
        frame = people(600, has_unionid=0, joined="2025-01-06").assign(joined_at=joined)
        frame["next_at"] = joined + pd.to_timedelta(waits[:, 0], unit="h")
        frame["responded_at"] = joined + pd.to_timedelta(waits[:, 1], unit="h")

        def known(as_of):
            """What the mart says on that day: nothing that comes later."""
            end = pd.Timestamp(as_of) + pd.Timedelta(days=1)
            seen = frame[frame["joined_at"] < end].copy()
            for name in ("next_at", "responded_at"):
                seen[name] = seen[name].where(seen[name] < end)
            return seen

        was, now = date(2025, 4, 30), date(2025, 6, 30)
        before = cohorts.scorecard(known(was), as_of=was, weeks=99).table.set_index("week")
        after = cohorts.scorecard(known(now), as_of=now, weeks=99).table.set_index("week")
        over = before["silent"].dropna()
        assert over.between(0.05, 0.6).all()
        pd.testing.assert_series_equal(over, after.loc[over.index, "silent"])

    def test_who_joined_lately_has_had_no_time_to_show_one(self):
        found = self.found(people(40, has_unionid=0, joined="2025-06-20"), people(40, name="q"))
        assert found.facts["silent_people"] == 0

    def test_an_order_after_the_end_is_not_known_yet(self):
        late = people(40, joined="2025-06-20", next_at=pd.Timestamp("2025-07-02"))
        found = self.found(late, people(40, name="q"))
        assert found.table["ordered"].sum() == 0

    def test_friendships_are_people_and_the_page_says_how_many(self):
        found = self.found(people(40, friendships=3))
        assert found.facts["people"] == 40
        assert any("120 friendships are 40 people" in found.say(text) for text in found.caveats)

    def test_one_person_twice_stops_the_page(self):
        with pytest.raises(CheckFailed):
            self.found(people(40), people(40))

    def test_without_contacts_it_says_which_export_would_tell(self):
        found = self.found(people(0))
        assert isinstance(found, NotEnoughData)
        assert "WeCom contacts" in found.say(found.needs)

    def test_a_frame_of_another_kind_is_refused_by_name(self):
        with pytest.raises(MissingColumns, match="joined_at"):
            cohorts.joiners(pd.DataFrame({"person": ["a"]}), as_of=AS_OF)


class TestCards:
    def test_cards_that_differ_are_told_apart_and_who_had_bought_before_is_left_out(self):
        found = cohorts.cards(
            together(
                ordering(people(300, name="a", card="parcel"), 0.2),
                ordering(people(300, name="b", card="live"), 0.05),
                ordering(people(300, name="c", card="live", bought_before=1), 0.9),
            ),
            as_of=AS_OF,
        )
        assert found.table["card"].tolist() == ["parcel", "live"]
        assert found.table["people"].tolist() == [300, 300]
        assert found.headline.key == "cards_apart"

    def test_cards_alike_are_not_distinguishable(self):
        found = cohorts.cards(
            together(
                ordering(people(300, name="a", card="parcel"), 0.1),
                ordering(people(300, name="b", card="live"), 0.11),
            ),
            as_of=AS_OF,
        )
        assert "distinguishable" in found.headline.text("en")
        assert found.headline.place == "evidence"

    def test_two_cards_are_named_only_where_these_two_are_told_apart(self):
        """The highest card is small: that the large ones differ is no proof of it."""
        found = cohorts.cards(
            together(
                ordering(people(30, name="a", card="small"), 0.2),
                ordering(people(3000, name="b", card="big"), 0.16),
                ordering(people(3000, name="c", card="live"), 0.10),
            ),
            as_of=AS_OF,
        )
        assert found.table["card"].tolist() == ["small", "big", "live"]
        assert found.facts["p"] > 0.05  # of the two named
        assert found.table["p"].min() < 0.001  # of any
        assert found.headline.key == "cards_one"
        assert "small" not in found.headline.text("en")

    def test_one_card_is_nothing_to_compare(self):
        assert isinstance(cohorts.cards(people(100), as_of=AS_OF), NotEnoughData)


class TestScorecard:
    def weeks(self, shares, size=100, **more):
        """One week's people each, the last of whom joined in the week that ends on 29 June."""
        first = pd.Timestamp("2025-06-24") - pd.Timedelta(weeks=len(shares) - 1)
        return together(
            *[
                ordering(
                    people(size, name=f"w{n}-", joined=first + pd.Timedelta(weeks=n)), share
                )
                for n, share in enumerate(shares)
            ]
        ).assign(**more)  # fmt: skip

    def test_a_week_is_blank_until_the_window_of_its_last_day_is_over(self):
        found = cohorts.scorecard(self.weeks([0.1] * 8), as_of=AS_OF)
        soon = found.table.set_index("week")["soon"]
        assert np.isnan(soon["2025-06-23"])  # its last day is 29 June; seven more are not over
        assert soon["2025-06-16"] == pytest.approx(0.1)
        later = found.table.set_index("week")["later"]
        assert later.dropna().index[-1] == "2025-05-19"

    def test_the_newest_weeks_are_held_against_those_before(self):
        found = cohorts.scorecard(self.weeks([0.1] * 8 + [0.3] * 5), as_of=AS_OF)
        assert found.headline.key == "weeks_moved"
        assert found.facts["change"] > 0.1
        same = cohorts.scorecard(self.weeks([0.1] * 13), as_of=AS_OF)
        assert same.headline.key == "weeks_same"

    def test_answers_are_unknown_where_no_export_holds_messages(self):
        found = cohorts.scorecard(self.weeks([0.1] * 8), as_of=AS_OF)
        assert found.table["replied"].isna().all()
        assert "not known here" in found.say(found.caveats[0])
        spoken = self.weeks([0.1] * 8)
        spoken["replied_at"] = spoken["joined_at"] + pd.Timedelta(hours=2)
        spoken.loc[spoken.index[0], "replied_at"] = pd.Timestamp(AS_OF)  # Somebody still writes.
        known = cohorts.scorecard(spoken, as_of=AS_OF)
        assert known.table["replied"].dropna().iloc[1:].eq(1).all()
        assert not known.caveats

    def test_answers_before_the_message_archive_begins_are_unknown_and_not_none(self):
        spoken = self.weeks([0.1] * 10)
        began = pd.Timestamp("2025-05-12")
        answered = spoken["joined_at"] + pd.Timedelta(hours=2)
        spoken["replied_at"] = answered.where(spoken["joined_at"] >= began)
        spoken.loc[spoken.index[0], "replied_at"] = pd.Timestamp(AS_OF)
        found = cohorts.scorecard(spoken, as_of=AS_OF)
        replied = found.table.set_index("week")["replied"]
        assert replied[:"2025-05-05"].isna().all()
        assert replied["2025-05-12":"2025-06-16"].eq(1).all()
        months = found.by_month.set_index("month")["replied"]
        assert months[:"2025-05"].isna().all()
        assert found.say(found.caveats[0]).startswith("Messages are known from 2025-05-13 on")

    def test_answers_after_the_message_archive_ends_are_unknown_and_not_none(self):
        spoken = self.weeks([0.1] * 10)
        ended = pd.Timestamp("2025-06-04")
        answered = spoken["joined_at"] + pd.Timedelta(hours=2)
        spoken["replied_at"] = answered.where(answered < ended)
        found = cohorts.scorecard(spoken, as_of=AS_OF)
        replied = found.table.set_index("week")["replied"]
        assert replied["2025-05-05":"2025-05-19"].eq(1).all()
        assert replied["2025-06-02":].isna().all()
        assert found.by_month.set_index("month")["replied"]["2025-06":].isna().all()
        (caveat,) = map(found.say, found.caveats)
        assert caveat.startswith("No message after 2025-06-03 is known")

    def test_padded_weeks_are_no_worse_start(self):
        """As many contacts without a sign of life again, in the newest weeks only."""
        real = self.weeks([0.15] * 13, size=300)
        late = real["joined_at"].nunique() - 5
        newest = sorted(real["joined_at"].unique())[late:]
        padded = real[real["joined_at"].isin(newest)].assign(
            has_unionid=0, next_at=pd.NaT, purchases_after=0, burst=9
        )
        padded["person"] = "pad" + padded["person"]
        found = cohorts.scorecard(together(real, padded), as_of=AS_OF)
        assert cohorts.scorecard(real, as_of=AS_OF).headline.key == "weeks_same"
        assert found.facts["change_high"] < 0  # of all, fewer order
        assert found.headline.key == "weeks_unclear"
        assert found.headline.undecided
        assert "50% show none" in found.headline.text("en")
        assert found.table["soon_alive"].dropna().tolist() == pytest.approx([0.15] * 11)

    def test_an_order_is_no_sign_by_which_to_tell_who_would_order(self):
        """Where nothing but orders is known, of those with a sign of life all ordered."""
        falling = self.weeks([0.2] * 8 + [0.1] * 5).assign(has_unionid=0)
        found = cohorts.scorecard(falling, as_of=AS_OF)
        assert found.table["soon_alive"].isna().all()
        assert found.headline.key == "weeks_moved"

    def test_who_had_bought_before_is_not_in_it(self):
        both = together(self.weeks([0.1] * 8), people(500, name="old", bought_before=1))
        found = cohorts.scorecard(both, as_of=AS_OF)
        assert found.facts["people"] == 800

    def test_without_contacts_it_says_which_export_would_tell(self):
        found = cohorts.scorecard(people(0), as_of=AS_OF)
        assert "WeCom contacts" in found.say(found.needs)


class TestCounted:
    USES = pd.DataFrame(
        {
            "why": ["counted", "unknown", "refunded", "trifle", "test"],
            "orders": [5, 3, 2, 1, 1],
            "gross_amount": [100.0, 60.0, 40.0, 0.01, 9.0],
            "refund_amount": [10.0, 0.0, 40.0, 0.0, 0.0],
            "net_amount": [90.0, 60.0, 0.0, 0.01, 9.0],
        }
    )
    LEDGER = pd.DataFrame({"month_on": [pd.Timestamp("2025-06-01")], "net_amount": [150.01]})

    def bought(self, net=90.0):
        return pd.DataFrame({"customer_id": ["a"] * 4, "net_amount": [net / 4] * 4})

    def test_says_how_many_orders_count_and_why_the_others_do_not(self):
        found = cohorts.counted(self.USES, self.bought(), self.LEDGER, as_of=AS_OF)
        said = found.headline.text("en")
        assert said.startswith("5 of 12 paid orders are purchases of known customers, on 4 occa")
        assert "1 are trifles, 1 tests" in said
        assert found.headline.place == "data"

    def test_a_cent_that_is_missing_stops_the_page(self):
        with pytest.raises(CheckFailed, match="ledger"):
            cohorts.counted(
                self.USES, self.bought(), self.LEDGER.assign(net_amount=150.0), as_of=AS_OF
            )
        with pytest.raises(CheckFailed, match="stand on"):
            cohorts.counted(self.USES, self.bought(89.99), self.LEDGER, as_of=AS_OF)
        cells = pd.DataFrame({"cohort_on": ["2025-06-01", None], "occasion_amount": [89.0, 1.0]})
        with pytest.raises(CheckFailed, match="cells"):
            cohorts.counted(self.USES, self.bought(), self.LEDGER, as_of=AS_OF, cells=cells)

    def test_no_order_at_all_is_said(self):
        found = cohorts.counted(self.USES.head(0), self.bought(), self.LEDGER, as_of=AS_OF)
        assert isinstance(found, NotEnoughData)


def steps(*rows, month="2025-03-01"):
    table = pd.DataFrame(rows, columns=["category", "next_category", "customers"])
    return table.assign(cohort_on=pd.Timestamp(month))


class TestMoves:
    def test_staying_more_than_chance_is_said_with_what_chance_would_give(self):
        found = cohorts.category_moves(
            steps(("A", "A", 80), ("A", "B", 20), ("B", "A", 30), ("B", "B", 70), ("A", None, 500)),
            as_of=AS_OF,
        )
        assert found.headline.key == "staying"
        assert found.facts["stay"] == 0.75
        assert found.facts["expected"] == pytest.approx(0.5)

    def test_a_second_category_that_does_not_depend_on_the_first_is_no_finding(self):
        found = cohorts.category_moves(
            steps(("A", "A", 50), ("A", "B", 50), ("B", "A", 50), ("B", "B", 50)), as_of=AS_OF
        )
        assert found.headline.key == "no_staying"
        assert found.headline.place == "evidence"

    def test_who_was_there_when_the_data_begin_tells_nothing_of_first_purchases(self):
        began = steps(("A", "A", 900), ("B", "B", 900), month="2025-01-01")
        later = steps(("A", "A", 50), ("A", "B", 50), ("B", "A", 50), ("B", "B", 50))
        both = together(began, later)
        found = cohorts.category_moves(both, as_of=AS_OF, data_from=date(2025, 1, 1))
        assert found.headline.key == "no_staying"
        assert found.say(found.caveats[0]).startswith("1,800 customers were first seen")
        assert cohorts.category_moves(both, as_of=AS_OF).headline.key == "staying"

    def test_cells_of_few_people_are_pooled_and_cannot_be_worked_out(self):
        found = cohorts.category_moves(
            steps(("A", "A", 60), ("A", "B", 25), ("A", "C", 4), ("B", "B", 40), ("B", "A", 10)),
            as_of=AS_OF,
        )
        first = found.table[found.table["category"] == "A"]
        # C alone would be a total less what is shown: B goes with it.
        assert first["next_category"].tolist() == ["A", "other categories together"]
        assert first["moved"].tolist() == [60, 29]
        assert found.table["moved"].min() >= 10

    def test_one_category_is_not_enough(self):
        found = cohorts.category_moves(steps(("A", "A", 80)), as_of=AS_OF)
        assert "order lines" in found.say(found.needs)


def test_attributes_know_nothing_of_what_comes_after_the_first_purchase():
    """Who joins later has stayed long enough to: the card would tell the future."""
    first = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "first_at": pd.to_datetime(["2025-03-05", "2025-03-05"]),
            "channel": ["douyin", "kiosk"],
            "role": ["guide", None],
        }
    )
    joined = people(2).assign(
        person=["a", "b"], joined_at=pd.to_datetime(["2025-03-04", "2025-03-06"])
    )
    found = cohorts.attributes(first, joined)
    assert found["card"].tolist()[0] == "card"
    assert pd.isna(found["card"].tolist()[1])
    assert found["kind"].tolist() == ["Livestream shops", "Other channels"]
    assert cohorts.attributes(first)["card"].isna().all()
