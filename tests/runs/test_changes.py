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
        path = [Step("late_refunds", "2026-01-31"), Step("new_period", "2026-02-28")]
        found = changes.since(
            record(kpis=kpis(100.0), as_of=JAN), FEB, kpis(130.0), path, lambda step: kpis(90.0)
        )
        (tile,) = found["tiles"]
        assert (tile["before"], tile["after"]) == (100.0, 130.0)
        assert tile["parts"] == {"late_refunds": -10.0, "new_period": 40.0}
        assert not tile["restated"]

    def test_the_same_period_counted_again_is_restated(self):
        path = [Step("late_refunds", "2026-01-31")]
        found = changes.since(
            record(kpis=kpis(100.0), as_of=JAN), JAN, kpis(90.0), path, lambda step: {}
        )
        assert found["tiles"][0]["restated"]
        assert found["tiles"][0]["parts"] == {"late_refunds": -10.0}

    def test_a_step_that_could_not_be_asked_leaves_its_part_unsaid(self):
        path = [Step("new_code", "2026-01-31"), Step("new_period", "2026-02-28")]
        found = changes.since(
            record(kpis=kpis(100.0), as_of=JAN), FEB, kpis(90.0), path, lambda step: {}
        )
        assert found["tiles"][0]["parts"] == {}

    def test_another_period_is_never_restated_even_where_nothing_can_be_explained(self):
        found = changes.since(
            record(kpis=kpis(100.0), as_of=JAN), FEB, kpis(90.0), [], lambda step: {}
        )
        assert not found["tiles"][0]["restated"]

    def test_nothing_is_asked_where_no_figure_moved(self):
        def ask(step):
            raise AssertionError

        path = [Step("new_code", "2026-01-31"), Step("new_period", "2026-02-28")]
        found = changes.since(record(kpis=kpis(100.0)), FEB, kpis(100.0), path, ask)
        assert found["tiles"] == []

    def test_sentences_that_came_went_or_turned_are_told_apart(self):
        before = kpis(
            1, claim("a", "A then"), claim("gone", "Gone"), claim("better", "Better", "rule")
        )
        now = kpis(1, claim("a", "A now"), claim("new", "New"), claim("level", "Level", "rule"))
        found = changes.since(record(kpis=before), FEB, now, [], lambda step: {})["claims"]
        assert found == {
            "appeared": ["New"],
            "vanished": ["Gone"],
            "flipped": [["Better", "Level"]],
        }
