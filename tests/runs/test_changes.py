from types import SimpleNamespace

from insights.runs import changes
from insights.runs.changes import Step
from insights.runs.record import RunRecord
from insights.store.loads import Current, TableFiles


def record(**fields):
    empty = dict.fromkeys(
        ("run_id", "run_key", "brand", "brand_title", "report", "title", "question", "period"), ""
    )
    more = dict.fromkeys(("folder", "as_of", "lang", "load_id", "code_hash"), "")
    return RunRecord(**{**empty, **more, "status": "published", **fields})


def spec(*, period, code_hash=""):
    return SimpleNamespace(period=period, code_hash=code_hash)


JAN, FEB = "2026-01-31", "2026-02-28"


def kpis(value, *claims, key="sales"):
    tiles = [{"key": key, "label": "Sales", "kind": "money", "value": value}]
    return {"tiles": tiles, "claims": list(claims)}


def claim(key, text, topic=""):
    return {"key": key, "text": text, "topic": topic}


def load(load_id, **tables):
    return Current(
        load_id=load_id,
        loaded_at="2026-01-01T00:00:00Z",
        tables={
            name: TableFiles(version=0, rows=1, files=(file,)) for name, file in tables.items()
        },
    )


class TestSteps:
    def test_only_what_differs_is_a_reason(self):
        same = load("1", orders="a", refunds="b")
        found = changes.steps(record(as_of="2026-01-31"), spec(period="2026-02-28"), same, same)
        assert [step.reason for step in found] == ["new_period"]

    def test_reasons_come_in_their_order_and_keep_what_came_before(self):
        old = load("1", orders="a", refunds="b", identities="c")
        new = load("2", orders="x", refunds="y", identities="z")
        found = changes.steps(
            record(as_of="2026-01-31", code_hash="old"), spec(period="2026-02-28"), old, new
        )
        assert [step.reason for step in found] == [
            "new_code",
            "late_refunds",
            "new_identity",
            "late_data",
            "new_period",
        ]
        assert found[1].newer == ("refunds",)
        assert found[2].newer == ("refunds", "identities")
        assert [step.as_of for step in found] == ["2026-01-31"] * 4 + ["2026-02-28"]


class TestSince:
    def test_each_reason_gets_what_it_moved_and_all_of_it_adds_up(self):
        path = [Step("late_refunds", JAN), Step("new_period", FEB)]
        before = record(kpis=kpis(100.0), as_of=JAN)
        found = changes.since(before, kpis(130.0), path, lambda step: kpis(90.0))
        assert found["as_of"] == JAN
        (tile,) = found["tiles"]
        assert (tile["before"], tile["after"]) == (100.0, 130.0)
        assert tile["parts"] == {"late_refunds": -10.0, "new_period": 40.0}

    def test_a_step_that_could_not_be_asked_leaves_its_part_unsaid(self):
        path = [Step("new_code", JAN), Step("new_period", FEB)]
        before = record(kpis=kpis(100.0), as_of=JAN)
        found = changes.since(before, kpis(90.0), path, lambda step: {})
        assert found["tiles"][0]["parts"] == {}

    def test_nothing_is_asked_where_no_figure_moved(self):
        def ask(step):
            raise AssertionError

        path = [Step("new_code", JAN), Step("new_period", FEB)]
        found = changes.since(record(kpis=kpis(100.0)), kpis(100.0), path, ask)
        assert found["tiles"] == []


class TestRestated:
    def test_a_figure_of_the_same_period_that_moved_says_why(self):
        former = record(kpis=kpis(100.0), as_of=JAN)
        (tile,) = changes.restated(former, kpis(90.0), [Step("late_refunds", JAN)], dict)
        assert (tile["before"], tile["after"]) == (100.0, 90.0)
        assert tile["parts"] == {"late_refunds": -10.0}

    def test_other_sentences_alone_restate_nothing(self):
        former = record(kpis=kpis(100.0, claim("a", "A then")))
        now = kpis(100.0, claim("b", "B now"))
        assert changes.restated(former, now, [Step("new_code", JAN)], dict) == []


def news(before, now):
    path = [Step("new_period", FEB)]
    return changes.since(record(kpis=kpis(1, *before)), kpis(1, *now), path, dict)["claims"]


class TestSentences:
    def test_those_that_came_went_or_turned_are_told_apart(self):
        before = claim("a", "A then"), claim("gone", "Gone"), claim("better", "Better", "rule")
        now = claim("a", "A now"), claim("new", "New"), claim("level", "Level", "rule")
        assert news(before, now) == {
            "appeared": ["New"],
            "vanished": ["Gone"],
            "flipped": [["Better", "Level"]],
        }

    def test_what_is_said_in_the_same_words_is_no_news_whatever_it_is_called(self):
        before = claim("a", "Level", "rule"), claim("old_name", "Half came back")
        now = claim("b", "Level", "rule"), claim("new_name", "Half came back")
        assert news(before, now) == {"appeared": [], "vanished": [], "flipped": []}

    def test_one_of_two_alike_that_is_no_longer_said_turned_nothing_round(self):
        before = claim("best", "A leads", "best"), claim("best_2", "B leads", "best")
        assert news(before, [claim("best", "C leads", "best")])["flipped"] == []
