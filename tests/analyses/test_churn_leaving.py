"""Friends who delete and members who do not renew: labels by hand, and a planted hazard found."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import churn
from insights.analyses.churn.leaving_model import LeavingModel
from insights.analyses.churn.leaving_panel import friends_at, terms_at
from insights.errors import MissingColumns, ParameterError
from insights.results import NotEnoughData, model_in

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

    def test_frames_that_lack_something_are_refused(self):
        frame, features, *_rest = world(1, effect=1.0, people=150)
        with pytest.raises(MissingColumns, match="ended_at"):
            churn.leaving_friends(frame.drop(columns="ended_at"), features, as_of=AS_OF)
        with pytest.raises(MissingColumns, match="occasions_91"):
            churn.leaving_friends(frame, features.drop(columns="occasions_91"), as_of=AS_OF)
        with pytest.raises(ParameterError, match="no rows of"):
            churn.leaving_friends(frame, features, as_of=date(2026, 1, 5))
