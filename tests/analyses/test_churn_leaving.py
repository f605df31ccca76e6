"""Friends who delete and members who do not renew: labels by hand, and a planted hazard found."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import churn
from insights.analyses.churn import leaving
from insights.analyses.churn.leaving_model import LeavingModel
from insights.analyses.churn.leaving_panel import friends_at, terms_at
from insights.analyses.churn.panel import known_by
from insights.errors import LeakageFound, MissingColumns, ParameterError
from insights.results import NotEnoughData, model_in
from tests.analyses.conftest import as_changes, features_at

AS_OF = date(2025, 12, 31)
CUTOFF = pd.Timestamp("2025-03-01")


def spells(*rows):
    """Customer, added, ended (or None), left by the customer's own hand."""
    frame = pd.DataFrame(rows, columns=["customer_id", "added_at", "ended_at", "left_by_customer"])
    return frame.assign(
        added_at=pd.to_datetime(frame["added_at"]), ended_at=pd.to_datetime(frame["ended_at"])
    )


def left(frame, horizon=28):
    found = friends_at(frame, CUTOFF, horizon)
    return found.set_index("customer_id")["left"].to_dict()


class TestFriends:
    def test_who_deletes_within_the_window_has_left(self):
        assert left(
            spells(
                ("in time", "2025-01-01", "2025-03-29 23:59", True),
                ("too late", "2025-01-01", "2025-03-30 00:00", True),
                ("stays", "2025-01-01", None, False),
            )
        ) == {"in time": True, "too late": False, "stays": False}

    def test_a_handover_or_a_second_guide_is_no_leaving(self):
        assert left(
            spells(
                ("handed over", "2025-01-01", "2025-03-10", False),
                ("another guide", "2025-01-01", "2025-03-10", True),
                ("another guide", "2025-02-01", None, False),
                ("added again", "2025-01-01", "2025-03-10", True),
                ("added again", "2025-03-12", None, False),
            )
        ) == {"handed over": False, "another guide": False, "added again": False}

    def test_only_who_was_a_friend_at_the_cut_off_is_asked_about(self):
        assert left(
            spells(
                ("gone before", "2025-01-01", "2025-02-01", True),
                ("not yet", "2025-03-05", "2025-03-10", True),
                ("there", "2025-01-01", "2025-03-10", True),
            )
        ) == {"there": True}


class TestMembers:
    def terms(self, *rows):
        frame = pd.DataFrame(
            rows, columns=["customer_id", "started_at", "ends_at", "next_at"]
        ).assign(term=1)
        for name in ("started_at", "ends_at", "next_at"):
            frame[name] = pd.to_datetime(frame[name])
        return terms_at(frame, CUTOFF, 28).set_index("customer_id")["left"].to_dict()

    def test_who_renews_within_the_grace_has_renewed(self):
        assert self.terms(
            ("in grace", "2024-03-10", "2025-03-10", "2025-04-08"),
            ("after it", "2024-03-10", "2025-03-10", "2025-04-20"),
            ("never", "2024-03-10", "2025-03-10", None),
        ) == {"in grace": False, "after it": True, "never": True}

    def test_who_had_renewed_by_the_cut_off_or_ends_later_is_not_asked_about(self):
        assert (
            self.terms(
                ("ahead of time", "2024-03-10", "2025-03-10", "2025-02-20"),
                ("later", "2024-06-10", "2025-06-10", None),
                ("earlier", "2024-02-10", "2025-02-10", None),
            )
            == {}
        )


def world(seed, *, effect, people=4_000):
    """Friends who leave at a weekly hazard that is `effect` times as high for who never bought."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"p{n:05d}" for n in range(people)])
    bought = rng.random(people) < 0.5
    added = rng.uniform(0, 300, people)
    stays = rng.exponential(1 / np.where(bought, 0.0015, 0.0015 * effect))
    ended = added + stays
    moment = pd.Timestamp("2025-01-01") + pd.to_timedelta(added, unit="D")
    end = pd.Timestamp("2025-01-01") + pd.to_timedelta(ended, unit="D")
    frame = pd.DataFrame(
        {
            "customer_id": ids,
            "added_at": moment,
            "ended_at": end.where(end < pd.Timestamp("2026-01-01")),
            "left_by_customer": end < pd.Timestamp("2026-01-01"),
        }
    )
    days = churn.leaving_cutoffs(AS_OF, horizon_days=28, first_day=date(2025, 2, 1))
    features = pd.concat(
        pd.DataFrame(
            {
                "customer_id": ids[bought],
                "as_of": pd.Timestamp(day),
                "frequency": 1,
                "days_since": 30,
                "occasions_91": 1,
                "total_amount": 10.0,
                "amount_91": 10.0,
            }
        )
        for day in days
    )
    return frame, features, ids, bought


class TestForecast:
    @pytest.fixture(scope="class")
    @staticmethod
    def planted():
        frame, features, *_rest = world(1, effect=4.0)
        return churn.leaving_friends(frame, features, as_of=AS_OF)

    def test_a_planted_hazard_is_found_and_beats_the_rule(self, planted):
        assert planted.facts["gain_low"] > 0
        assert {claim.key for claim in planted.claims} == {"expected_to_leave", "told_better"}

    def test_the_card_beside_the_page_has_the_model_and_what_it_learned_from(self):
        frame, features, *_rest = world(1, effect=4.0, people=1_500)
        found = churn.leaving_friends(frame, features, as_of=AS_OF, versions={"friendships": 7})
        file = found.file()
        card = json.loads(file.text)
        assert file.name == "model-card-leaving-friends.json"
        assert card["table_versions"] == {"friendships": 7}
        assert card["learned_from"]["last_cutoff"] < card["as_of"]
        assert [row["auc"] for row in card["quality"]] == found.table["auc"].tolist()
        assert LeavingModel.from_plain(model_in(file.text)).to_plain() == found.model.to_plain()

    def test_the_totals_are_near_what_came(self, planted):
        table = planted.table
        assert table["predicted"].sum() == pytest.approx(table["actual"].sum(), rel=0.12)

    @pytest.mark.parametrize(
        ("worlds", "most"), [(3, 1), pytest.param(20, 3, marks=pytest.mark.slow)]
    )
    def test_where_nothing_was_planted_nothing_is_claimed(self, worlds, most):
        claimed = 0
        for seed in range(worlds):
            frame, features, *_rest = world(seed, effect=1.0, people=2_500)
            found = churn.leaving_friends(frame, features, as_of=AS_OF)
            claimed += found.facts["gain_low"] > 0
        assert claimed <= most

    def test_too_few_deletions_are_not_enough_and_say_what_would_be(self):
        frame, features, *_rest = world(1, effect=1.0, people=150)
        found = churn.leaving_friends(frame, features, as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "50 such deletions" in found.say(found.needs)

    def test_no_friendships_at_all_are_not_enough(self):
        frame, features, *_rest = world(1, effect=1.0, people=150)
        assert isinstance(
            churn.leaving_friends(frame.iloc[:0], features, as_of=AS_OF), NotEnoughData
        )

    def test_friends_of_whom_nobody_has_bought_yet_are_not_enough(self):
        frame, features, *_rest = world(1, effect=1.0, people=150)
        assert isinstance(
            churn.leaving_friends(frame, features.iloc[:0], as_of=AS_OF), NotEnoughData
        )

    def test_frames_that_lack_something_are_refused(self):
        frame, features, *_rest = world(1, effect=1.0, people=150)
        with pytest.raises(MissingColumns, match="ended_at"):
            churn.leaving_friends(frame.drop(columns="ended_at"), features, as_of=AS_OF)
        with pytest.raises(MissingColumns, match="occasions_91"):
            churn.leaving_friends(frame, features.drop(columns="occasions_91"), as_of=AS_OF)
        with pytest.raises(ParameterError, match="no rows of"):
            churn.leaving_friends(frame, features, as_of=date(2026, 1, 5))


class TestNothingIsKnownTooEarly:
    """Each leak that a change of the code could bring in fails the run."""

    @pytest.fixture(scope="class")
    @staticmethod
    def small():
        return world(1, effect=4.0, people=1_500)[:2]

    def test_the_check_says_what_was_computed_again(self, small):
        found = churn.leaving_friends(*small, as_of=AS_OF)
        assert [check.key for check in found.checks] == ["no_leakage_friendships"]
        assert found.checks[0].facts["rows"] > 1_000

    @pytest.mark.parametrize("feature", ["age", "newest", "held", "ended_before"])
    def test_a_number_that_knows_the_future_fails_the_run(self, small, monkeypatch, feature):
        def leaky(spells, cutoff, horizon_days):
            found = friends_at(spells, cutoff, horizon_days)
            will_end = spells.groupby("customer_id")["ended_at"].max().notna()
            return found.assign(**{feature: found[feature] + found["customer_id"].map(will_end)})

        monkeypatch.setattr(leaving, "friends_at", leaky)
        with pytest.raises(LeakageFound, match=f"'{feature}' depends on what happened after it"):
            churn.leaving_friends(*small, as_of=AS_OF)

    def test_asking_only_about_those_who_will_leave_fails_the_run(self, small, monkeypatch):
        def leaky(spells, cutoff, horizon_days):
            found = friends_at(spells, cutoff, horizon_days)
            stays = spells.loc[spells["ended_at"].isna(), "customer_id"]
            return found[~found["customer_id"].isin(stays)]

        monkeypatch.setattr(leaving, "friends_at", leaky)
        with pytest.raises(LeakageFound, match="who is asked about"):
            churn.leaving_friends(*small, as_of=AS_OF)

    def test_a_term_that_knows_its_renewal_fails_the_run(self, monkeypatch):
        days = churn.leaving_cutoffs(AS_OF, horizon_days=91, first_day=date(2025, 2, 1))
        _frame, features, *_rest = world(1, effect=4.0, people=300)
        began = pd.Timestamp("2024-06-01") + pd.to_timedelta(np.arange(300), unit="D")
        terms = pd.DataFrame(
            {
                "membership_id": [f"m{n}" for n in range(600)],
                "customer_id": [f"p{n:05d}" for n in range(300)] * 2,
                "term": [1] * 300 + [2] * 300,
                "started_at": [*began, *(began + pd.Timedelta(days=370))],
                "ends_at": [*(began + pd.Timedelta(days=365)), *(began + pd.Timedelta(days=735))],
            }
        )
        assert len(days) > 3
        known = churn.leaving_members(terms, features, as_of=AS_OF)
        assert known.enough or known.because  # Right or refused, and nothing leaks.

        def leaky(known, cutoff, horizon_days):
            found = terms_at(known, cutoff, horizon_days)
            later = known.groupby("customer_id").size()
            return found.assign(held=found["customer_id"].map(later).astype(float))

        monkeypatch.setattr(leaving, "terms_at", leaky)
        with pytest.raises(LeakageFound, match=r"'held' depends .* from paid_terms"):
            churn.leaving_members(terms, features, as_of=AS_OF)

    def test_purchases_are_audited_where_their_changes_are_given(self):
        rng = np.random.default_rng(3)
        frame, *_rest = world(1, effect=4.0, people=1_500)
        bought = pd.DataFrame(
            {
                "customer_id": rng.choice(frame["customer_id"], 3_000),
                "paid_at": pd.Timestamp("2025-01-01 10:00")
                + pd.to_timedelta(rng.integers(0, 360, 3_000), unit="D"),
                "net_amount": 50.0,
            }
        )
        changes = as_changes(bought)
        days = churn.leaving_cutoffs(AS_OF, horizon_days=28, first_day=date(2025, 2, 1))
        good = pd.concat(features_at(known_by(changes, day), [day]) for day in days)
        found = churn.leaving_friends(frame, good, as_of=AS_OF, changes=changes)
        assert [check.key for check in found.checks] == ["no_leakage_friendships", "no_leakage"]
        late = good.assign(total_amount=good["total_amount"] + 50.0 * (good["days_since"] < 5))
        with pytest.raises(LeakageFound, match="'total_amount'"):
            churn.leaving_friends(frame, late, as_of=AS_OF, changes=changes)

    def test_the_share_of_known_sales_stands_beside(self, small):
        found = churn.leaving_friends(*small, as_of=AS_OF, identified_share=0.61)
        assert any("61%" in found.say(text) for text in found.caveats)
