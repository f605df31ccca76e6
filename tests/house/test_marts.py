"""Marts say what they hold, and say it in SQL that a cluster understands too."""

import pytest
import sqlglot
from sqlglot import exp

from insights import schema
from insights.settings import Settings
from insights.store import marts
from insights.store.engine import connect, identifier

# Each of these parses in Spark and gives another number there, or does not parse at all.
FOREIGN = {
    "date_diff",
    "datediff",
    "date_sub",
    "date_add",
    "date_part",
    "datepart",
    "isodow",
    "dayofweek",
    "epoch",
    "epoch_ms",
    "strftime",
    "quantile",
    "quantile_cont",
    "percentile_cont",
    "median",
    "list_transform",
    "list_filter",
    "unnest",
}
SYNTAX = (
    exp.Lambda,
    exp.Pivot,
    exp.Qualify,
    exp.DateDiff,
    exp.DateAdd,
    exp.DateSub,
    exp.TsOrDsDiff,
    exp.TimestampDiff,
    exp.Extract,
    exp.PercentileCont,
    exp.Quantile,
    exp.Unnest,
)


@pytest.fixture(scope="module")
def described(root):
    """Column names and types of each mart, over empty tables."""
    settings = Settings.load(root)
    connection = connect(settings, settings.brand())
    for name in schema.names():
        columns = ", ".join(
            f"{identifier(c.name)} {c.sql_type}" for c in schema.all_columns(schema.get(name))
        )
        connection.execute(f"CREATE TABLE {identifier(name)} ({columns})")
    found = {}
    for name in marts.names():
        query = marts.with_marts(f"SELECT * FROM {name}").replace(
            "$as_of", "TIMESTAMP '2020-01-01'"
        )
        rows = connection.execute(f"DESCRIBE {query}").fetchall()
        found[name] = {column: str(kind) for column, kind, *_ in rows}
    return found


@pytest.mark.parametrize("name", marts.names())
class TestMart:
    def test_documents_exactly_the_columns_it_has(self, name, described):
        assert [column.name for column in marts.get(name).columns] == list(described[name])

    def test_says_what_a_row_is(self, name):
        assert marts.get(name).grain.startswith("One row per ")

    def test_reads_what_exists_and_takes_only_as_of(self, name):
        known = {*schema.names(), *marts.names(), "calendar", "rules"}
        assert marts.get(name).reads <= known
        tree = sqlglot.parse_one(marts.get(name).sql, dialect="duckdb")
        assert {node.name for node in tree.find_all(exp.Parameter, exp.Placeholder)} <= {"as_of"}

    def test_means_the_same_on_a_cluster(self, name):
        tree = sqlglot.parse_one(marts.get(name).sql, dialect="duckdb")
        used = {node.sql_name().lower() for node in tree.find_all(exp.Func)}
        used |= {node.name.lower() for node in tree.find_all(exp.Anonymous)}
        assert used & FOREIGN == set()
        assert [node.sql() for node in tree.find_all(*SYNTAX)] == []
        assert [join.sql() for join in tree.find_all(exp.Join) if join.method == "ASOF"] == []
        spark = sqlglot.transpile(marts.get(name).sql, read="duckdb", write="spark")
        assert sqlglot.parse(spark[0], dialect="spark")

    def test_orders_no_aggregate_of_distinct_values(self, name):
        tree = sqlglot.parse_one(marts.get(name).sql, dialect="duckdb")
        for aggregate in tree.find_all(exp.ArrayAgg, exp.GroupConcat):
            assert not (aggregate.find(exp.Distinct) and aggregate.find(exp.Order)), aggregate.sql()

    def test_subtracts_numbers_never_days(self, name, described):
        """`date - date` is days in one engine and an interval in another: join `calendar`."""
        days = {
            column.name
            for table in map(schema.get, schema.names())
            for column in schema.all_columns(table)
            if column.type in {"date", "day", "timestamp"}
        } | {
            column
            for columns in described.values()
            for column, kind in columns.items()
            if kind in {"DATE", "TIMESTAMP"}
        }
        tree = sqlglot.parse_one(marts.get(name).sql, dialect="duckdb")
        for node in tree.find_all(exp.Sub, exp.Add):
            sides = (node.left, node.right)
            assert not {c.name for side in sides for c in side.find_all(exp.Column)} & days, (
                node.sql()
            )
            assert not any(side.find(exp.Cast) and "DATE" in side.sql() for side in sides)
