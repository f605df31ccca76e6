import re
from importlib.resources import files

import pandas as pd
import pytest

from insights import schema
from insights.errors import DataError, UnknownTable
from insights.schema.declarations import read

EVERY = [schema.get(name) for name in schema.names()]
COLUMNS = [(table, column) for table in EVERY for column in table.columns]
SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
MONEY = re.compile(r"(\w+_)?(amount|price|cost)")
MASS_NOUNS = {"staff"}
SIGNED = {("refunds", "amount"), ("costs", "amount")}


class TestEveryTable:
    def test_there_are_16_in_the_order_of_the_business_and_the_evidence_beside_them(self):
        assert len(schema.names()) == 17
        assert [schema.names()[place] for place in (0, 6, 15, 16)] == [
            "customers",
            "orders",
            "assignments",
            "identity_links",
        ]

    def test_every_declared_file_is_a_known_table(self):
        folder = files("insights.schema") / "declared"
        assert {path.name for path in folder.iterdir()} == {f"{n}.toml" for n in schema.names()}

    def test_every_name_is_plural_snake_case(self):
        for name in schema.names():
            assert SNAKE_CASE.fullmatch(name)
            assert name.endswith("s") or name in MASS_NOUNS

    def test_every_key_is_required(self):
        for table in EVERY:
            assert all(table.column(name).required for name in table.key), table.name

    def test_no_partition_is_a_time_that_can_move(self):
        moving = {"paid_at", "refunded_at", "first_seen_at", "last_seen_at"}
        assert not moving & {table.partition for table in EVERY}

    def test_the_common_columns_come_last_and_are_declared_nowhere_else(self):
        for table in EVERY:
            assert schema.all_columns(table)[-len(schema.COMMON) :] == schema.COMMON
            assert not {c.name for c in schema.COMMON} & {c.name for c in table.columns}

    def test_a_key_may_hold_a_common_column(self):
        metrics = schema.get("daily_metrics")
        assert "source" in metrics.key
        assert metrics.column("source") in schema.COMMON


class TestEveryColumn:
    @pytest.mark.parametrize(("table", "column"), COLUMNS, ids=lambda part: part.name)
    def test_the_name_carries_the_unit(self, table, column):
        assert bool(MONEY.fullmatch(column.name)) == (column.type == "money")
        assert (column.name == "at" or column.name.endswith("_at")) == (column.type == "timestamp")
        assert (column.name == "on_date" or column.name.endswith("_on")) == (column.type == "day")
        if column.name.startswith("is_"):
            assert column.type == "boolean"
        if column.name.endswith("_id"):
            assert column.type == "id"

    def test_no_enum_says_a_word_twice(self):
        for _, column in COLUMNS:
            assert len(set(column.values)) == len(column.values)

    def test_money_is_never_negative_but_where_a_rule_or_the_meaning_says_otherwise(self):
        signed = {(t.name, c.name) for t, c in COLUMNS if c.type == "money" and c.minimum != 0}
        assert signed == SIGNED

    def test_every_number_has_a_unit(self):
        for table, column in COLUMNS:
            if column.type in {"money", "number", "share", "integer"}:
                assert column.unit, (table.name, column.name)

    def test_every_meaning_is_a_sentence_in_both_languages(self):
        for table, column in COLUMNS:
            assert column.en.endswith("."), (table.name, column.name)
            assert column.zh.endswith("。"), (table.name, column.name)
            assert not re.search("[,;:?()]", column.zh), (table.name, column.name)

    def test_lines_and_orders_share_one_list_of_status_words(self):
        assert (
            schema.get("orders").column("status").values
            == schema.get("order_lines").column("status").values
        )

    def test_what_names_a_person_is_marked(self):
        marked = {(table.name, column.name) for table, column in COLUMNS if column.personal}
        assert marked == {
            ("identities", "id_value"),
            ("identity_links", "left_value"),
            ("identity_links", "right_value"),
            ("memberships", "member_no"),
            ("orders", "buyer_ref"),
        } | {
            (name, "customer_ref")
            for name in ("contacts", "memberships", "touches", "costs", "assignments")
        }


class TestGet:
    def test_a_wrong_table_is_refused_with_the_nearest_name(self):
        with pytest.raises(UnknownTable, match=r"'order'\. Did you mean 'orders'\?"):
            schema.get("order")

    def test_one_without_a_near_name_is_told_all_of_them(self):
        with pytest.raises(UnknownTable, match=r"'zzz'\. Known: customers, .*orders"):
            schema.get("zzz")

    @pytest.mark.parametrize("name", [pd.DataFrame({"a": [1, 2]}), None])
    def test_what_is_no_name_at_all_is_refused_by_what_it_is(self, name):
        """A frame and a name change places easily: `ins.check("orders", frame)`."""
        with pytest.raises(UnknownTable, match=r"named by a text.* found a (DataFrame|NoneType)"):
            schema.get(name)

    def test_a_wrong_column_is_refused_with_the_nearest_name(self):
        with pytest.raises(DataError, match=r"'orders' has no column called 'payed_amount'.*'paid"):
            schema.get("orders").column("payed_amount")

    def test_a_table_is_read_once(self):
        assert schema.get("orders") is schema.get("orders")


GOOD = """
en = "Things"
zh = "物"
grain = "One row per thing."
key = ["thing_id"]
[columns.thing_id]
type = "id"
required = true
en = "Thing."
zh = "物。"
"""


class TestRead:
    def test_a_declaration_without_rules_or_times_is_enough(self):
        assert read("things", GOOD).columns[0].sql_type == "VARCHAR"

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ('type = "id"', 'type = "uuid"', r"things\.toml .*columns\.thing_id\.type: .*'money'"),
            ('type = "id"', 'type = "enum"', "an enum lists its values"),
            ('type = "id"', 'type = "enum"\nvalues = ["a", "a"]', "listed twice"),
            ('type = "id"', 'type = "enum"\nvalues = ["A b"]', "lower-case words"),
            ('type = "id"', 'type = "id"\nminimum = 0', "has no range"),
            ('type = "id"', 'type = "number"\nminimum = 2\nmaximum = 1', "minimum lies above"),
            ('type = "id"', 'type = "id"\nplan = true', "only a time can be a plan"),
            ("required = true", "required = false", "key column 'thing_id' must be required"),
            ("required", "reqiured", r"columns\.thing_id\.reqiured: Extra inputs"),
            ('key = ["thing_id"]', "key = []", "needs a key"),
            ('key = ["thing_id"]', 'key = ["thing"]', "no column called 'thing'"),
            ("key", 'partition = "thing_id"\nkey', "must be a required time"),
            ("[columns.thing_id]", "[columns.ThingId]", "not snake_case"),
            ("[columns.thing_id]", "[columns.source]", "source is declared twice"),
            ('en = "Thing."', 'en = " "', "must say something"),
            ("key =", "key", "not valid TOML"),
        ],
    )
    def test_what_cannot_be_is_refused_by_name(self, old, new, message):
        with pytest.raises(schema.DeclarationError, match=message):
            read("things", GOOD.replace(old, new))
