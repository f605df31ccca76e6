"""Each reason is tried on a row that breaks it and on one that does not, in DuckDB."""

import math
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest

from insights import schema
from insights.periods import end_of_day

NOW = end_of_day(date(2026, 6, 30))
EVERY = [schema.get(name) for name in schema.names()]
FINE = {
    "id": "a:b:1",
    "text": "word",
    "money": Decimal("9.90"),
    "number": 1.0,
    "share": 0.5,
    "integer": 1,
    "boolean": False,
    "timestamp": NOW,
    "day": NOW.date(),
    "texts": ["a", "b"],
}
BROKEN = {
    "last_seen_before_first": {"last_seen_at": NOW - timedelta(days=1)},
    "phone_not_keyed": {"id_type": "phone", "id_value": "13800000000"},
    "left_phone_not_keyed": {"left_type": "phone", "left_value": "13800000000"},
    "right_phone_not_keyed": {"right_type": "phone", "right_value": "13800000000"},
    "deleted_before_added": {"deleted_at": NOW - timedelta(days=1)},
    "deleted_by_without_time": {"deleted_at": None},
    "ended_before_started": {"ended_at": NOW - timedelta(days=1)},
    "member_not_named": {"customer_id": None, "member_no": None, "customer_ref": None},
    "left_before_hired": {"left_on": date(2026, 6, 29)},
    "paid_while_unpaid": {"status": "deposit_paid"},
    "amount_not_positive": {"amount": Decimal(0)},
    "ends_before_start": {"ends_at": NOW - timedelta(days=1)},
    "low_above_high": {"low": 2.0},
    "no_bound": {"low": None, "high": None},
    "probability_zero": {"probability": 0.0},
}
CASES = [(table, rule) for table in EVERY for rule in schema.rules(table)]


def fine_row(table):
    return {
        # The last word of an enum: an order that begins as unpaid has no time of payment yet.
        column.name: column.values[-1] if column.values else FINE[column.type]
        for column in schema.all_columns(table)
    }


def breaking(table, reason):
    """What to change in a fine row so that it breaks the reason."""
    if reason in BROKEN:
        return BROKEN[reason]
    column = next(
        column
        for column in sorted(schema.all_columns(table), key=lambda c: -len(c.name))
        if reason.startswith(f"{column.name}_")
    )
    later = NOW + timedelta(seconds=1)
    wrong = {
        "missing": None,
        "blank": " ",
        "unknown": "no_such_word",
        "negative": -1,
        "too_low": 0,
        "too_high": 13,
        "not_finite": math.inf,
        "in_future": later if column.type == "timestamp" else later.date(),
    }
    return {column.name: wrong[reason.removeprefix(f"{column.name}_")]}


def found_in(table, row):
    """Reasons that a row has, found in one pass."""
    columns = schema.all_columns(table)
    values = ", ".join(f'CAST(${c.name}_ AS {c.sql_type}) AS "{c.name}"' for c in columns)
    checks = ", ".join(
        f"NOT COALESCE(({sql}), TRUE) AS {name}" for name, sql in schema.reasons(table)
    )
    given = {f"{name}_": value for name, value in row.items()} | {"now": NOW}
    if "$now" not in checks:
        del given["now"]
    with duckdb.connect() as engine:
        answer = engine.execute(f"SELECT {checks} FROM (SELECT {values})", given).fetchone()
    return {name for (name, _), fails in zip(schema.reasons(table), answer, strict=True) if fails}


@pytest.mark.parametrize("table", EVERY, ids=lambda table: table.name)
class TestEveryTable:
    def test_each_predicate_runs_on_the_empty_typed_table(self, table):
        typed = ", ".join(f'"{c.name}" {c.sql_type}' for c in schema.all_columns(table))
        with duckdb.connect() as engine:
            engine.execute(f'CREATE TABLE "{table.name}" ({typed})')
            for reason, sql in schema.reasons(table):
                given = {"now": NOW} if "$now" in sql else None
                query = f'SELECT COUNT(*) FROM "{table.name}" WHERE NOT ({sql})'
                assert engine.execute(query, given).fetchone() == (0,), reason

    def test_a_fine_row_has_no_reason(self, table):
        assert found_in(table, fine_row(table)) == set()

    def test_a_row_of_required_values_only_has_no_reason(self, table):
        needed = {"customer_id", "low"}  # one of two must say whose membership, and which bound
        row = {
            name: value if table.column(name).required or name in needed else None
            for name, value in fine_row(table).items()
        }
        assert found_in(table, row) == set()

    def test_no_two_reasons_share_a_name(self, table):
        names = [name for name, _ in schema.reasons(table)]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("table", "rule"), CASES, ids=[f"{table.name}-{rule.name}" for table, rule in CASES]
)
def test_a_row_that_breaks_a_rule_is_given_its_reason(table, rule):
    found = found_in(table, fine_row(table) | breaking(table, rule.name))
    assert rule.name in found
    assert len(found) <= 2  # a probability below zero is also not above it; no rule drags others in


class TestReasons:
    def test_a_plan_may_lie_ahead(self):
        campaigns = schema.get("campaigns")
        ahead = {"starts_at": NOW + timedelta(days=9), "ends_at": NOW + timedelta(days=10)}
        assert found_in(campaigns, fine_row(campaigns) | ahead) == set()

    def test_a_payment_stamped_before_its_order_is_kept(self):
        # Real exports disagree by seconds between the two clocks.
        orders = schema.get("orders")
        assert found_in(orders, fine_row(orders) | {"paid_at": NOW - timedelta(seconds=3)}) == set()

    def test_a_credit_is_a_negative_cost(self):
        costs = schema.get("costs")
        assert found_in(costs, fine_row(costs) | {"amount": Decimal("-5.00")}) == set()

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    def test_a_number_that_is_none_is_refused(self, value):
        metrics = schema.get("daily_metrics")
        assert found_in(metrics, fine_row(metrics) | {"value": value}) == {"value_not_finite"}

    def test_a_share_that_is_no_number_is_refused(self):
        assignments = schema.get("assignments")
        row = fine_row(assignments) | {"probability": math.nan}
        assert "probability_too_high" in found_in(assignments, row)

    def test_the_loaders_own_columns_are_checked_only_in_a_key(self):
        reasons = dict(schema.reasons(schema.get("orders")))
        assert not {name for name in reasons if name.startswith(("source_", "loaded_at_", "file_"))}
        assert "source_missing" in dict(schema.reasons(schema.get("daily_metrics")))

    def test_every_reason_is_said_in_both_languages(self):
        assert all(rule.en.endswith(".") and rule.zh.endswith("。") for _, rule in CASES)
