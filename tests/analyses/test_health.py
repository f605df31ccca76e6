"""Arrivals, accounting, refusals and drift: what the load logs tell, said truthfully."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights import schema, sources
from insights.analyses import health
from insights.analyses.health import labels, reasons
from insights.errors import MissingColumns
from insights.intake.translating.remarks import KINDS
from insights.results import NotEnoughData
from insights.wording import speaking

AS_OF = date(2026, 6, 30)


def file(source="douyin.orders", at="2026-06-30 08:00", **more):
    """A file that was loaded, every row used."""
    return {
        "load_id": at,
        "loaded_at": pd.Timestamp(at),
        "source": source,
        "file": "0123456789ab",
        "rows_read": 10,
        "rows_used": 10,
        "rows_skipped": 0,
        "rows_refused": 0,
        "rows_repeated": 0,
        "first_at": pd.NaT,
        "last_at": pd.NaT,
        "tables": ("orders",),
        "unknown_headers": (),
        "missing_columns": (),
        "remarks": (),
        "totals_checked": 0,
        "totals_off": 0.0,
        "money_held": 0.0,
        "money_unheld": 0.0,
        "refused_as": None,
    } | more


def remark(kind, en="said", zh="说", about="", rows=0):
    return {"kind": kind, "en": en, "zh": zh, "about": about, "rows": rows}


def files(*rows):
    return pd.DataFrame(rows or [], columns=list(file()))


def refused_file(reason, source=None, at="2026-06-30 08:00"):
    return file(source, at, rows_read=0, rows_used=0, refused_as=reason)


def account(rows_in=10, kept=10, merged=0, quarantined=0):
    return {"rows_in": rows_in, "kept": kept, "merged": merged, "quarantined": quarantined}


def accounts(*rows):
    return pd.DataFrame(rows, columns=list(account()))


def refusals(*rows):
    """Rows by hand: place, reason, how many."""
    frame = pd.DataFrame(rows, columns=["place", "reason", "rows"])
    return frame.assign(loaded_at=pd.Timestamp("2026-06-30 08:00"))


def days(source="douyin", table="orders", *, first="2026-01-01", last="2026-06-30", every=1):
    on = pd.date_range(first, last, freq=f"{every}D")
    return pd.DataFrame({"source": source, "table_name": table, "on_date": on, "rows": 3})


def texts(result, place=None):
    return [c.text("en") for c in result.claims if place in {None, c.place}]


class TestArrivals:
    def test_a_source_silent_for_longer_than_ever_is_late_and_named(self):
        found = health.arrivals(
            pd.concat([days(), days("wecom", "contacts", last="2026-06-20")]),
            files(),
            as_of=AS_OF,
        )
        assert found.facts["late"] == 1
        assert found.headline.text("en") == (
            "Late: WeCom has no Contacts after 2026-06-20, 10 days before the end of the report; "
            "it was never silent for more than 1 day before."
        )

    def test_a_source_within_its_own_rhythm_is_on_time(self):
        weekly = days("wecom", "contacts", last="2026-06-25", every=7)
        found = health.arrivals(weekly, files(), as_of=AS_OF)
        assert found.table["state"].tolist() == ["on time"]
        assert found.headline.key == "on_time"

    def test_a_monthly_export_of_daily_orders_is_not_late_before_the_next_one(self):
        monthly = [
            file(at=f"{month} 08:00", last_at=pd.Timestamp(month))
            for month in ("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31")
        ]
        may = days(last="2026-05-31")
        assert health.arrivals(may, files(*monthly), as_of=AS_OF).facts["late"] == 0
        assert health.arrivals(may, files(monthly[-1]), as_of=AS_OF).facts["late"] == 1

    def test_of_a_few_days_no_rhythm_is_claimed(self):
        found = health.arrivals(days(last="2026-01-04"), files(), as_of=AS_OF)
        assert found.table["state"].tolist() == ["rhythm not known yet"]
        assert not found.claims
        assert found.facts["untold"] == 1

    def test_missing_days_are_a_gap_and_no_rhythm(self):
        broken = pd.concat([days(last="2026-03-01"), days(first="2026-04-01", last="2026-06-20")])
        found = health.arrivals(broken, files(), as_of=AS_OF)
        assert found.facts["gap_days"] == 30
        assert found.table["usual_days"].tolist() == [1]
        assert [c.key for c in found.claims] == ["late", "gap"]

    def test_nothing_loaded_is_said(self):
        found = health.arrivals(days(last="2025-12-31"), files(), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "2026-06-30" in found.say(found.because)

    def test_a_refused_file_is_no_arrival(self):
        found = health.arrivals(days(), files(refused_file("empty", "douyin.orders")), as_of=AS_OF)
        assert found.table["loaded_on"].isna().all()

    def test_a_frame_without_days_is_refused_by_name(self):
        with pytest.raises(MissingColumns, match="on_date"):
            health.arrivals(days().drop(columns="on_date"), files(), as_of=AS_OF)

    @settings(max_examples=40, deadline=None)
    @given(
        offsets=st.lists(st.integers(0, 200), min_size=1, max_size=40, unique=True),
        later=st.integers(0, 60),
    )
    def test_what_is_late_today_was_never_silent_for_as_long(self, offsets, later):
        on = pd.Timestamp("2026-01-01") + pd.to_timedelta(sorted(offsets), unit="D")
        frame = pd.DataFrame({"source": "douyin", "table_name": "orders", "on_date": on, "rows": 1})
        as_of = (on.max() + pd.Timedelta(days=later)).date()
        row = health.arrivals(frame, files(), as_of=as_of).table.iloc[0]
        assert row["behind_days"] == later
        if row["state"] == "late":
            assert later > row["usual_days"]
        if row["state"] == "on time":
            assert later <= row["usual_days"]


class TestAccounting:
    def test_rows_of_a_source_are_added_up_over_its_files(self):
        found = health.accounting(
            files(
                file(rows_read=10, rows_used=7, rows_skipped=2, rows_refused=1, rows_repeated=1),
                file(rows_read=5, rows_used=5),
                refused_file("password"),
            ),
            accounts(account(12, 8, 4)),
        )
        row = found.table.set_index("source").loc["Douyin shop: order export"]
        assert row[["files", "rows_read", "rows_used", "rows_repeated"]].tolist() == [2, 15, 12, 1]
        assert found.headline.text("en") == (
            "Of 15 rows offered in 1 loads, 80% were used; 1 are in quarantine, 2 were no records."
        )
        assert "33.3% of 12 rows" in texts(found, "evidence")[0]
        assert all(check.passed is not False for check in found.checks)

    def test_rows_that_do_not_add_up_are_shown_and_stop_nothing(self):
        found = health.accounting(
            files(file(rows_read=11, totals_checked=2, totals_off=0.02)), accounts(account(9))
        )
        assert [check.passed for check in found.checks] == [False, False, False]
        assert found.checks[2].found("en").endswith("the largest difference ¥0.02")

    def test_says_which_share_of_the_money_a_total_was_held_for(self):
        held = file(totals_checked=2, money_held=90.0, money_unheld=0.0)
        found = health.accounting(files(held, file(money_unheld=10.0)), accounts(account(9)))
        assert "; 90% of the money" in found.checks[2].found("en")
        assert found.checks[2].passed

    def test_no_total_to_check_is_no_failure(self):
        found = health.accounting(files(file()), accounts())
        assert [check.passed for check in found.checks] == [True, None, None]

    def test_a_lake_without_logs_is_said(self):
        assert isinstance(health.accounting(files(), accounts()), NotEnoughData)

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.tuples(*[st.integers(0, 10_000)] * 3, st.sampled_from(["a.b", "a.c", "d"])),
            min_size=1,
            max_size=12,
        )
    )
    def test_the_sources_add_up_to_all_rows(self, parts):
        rows = [
            file(s, rows_read=u + k + r, rows_used=u, rows_skipped=k, rows_refused=r)
            for u, k, r, s in parts
        ]
        found = health.accounting(files(*rows), accounts(account()))
        assert found.table["rows_read"].sum() == found.facts["read"]
        assert found.facts["read"] == sum(sum(part[:3]) for part in parts)
        assert found.checks[0].passed


class TestRefusals:
    def test_the_reason_with_the_most_rows_is_named_with_its_fix(self):
        found = health.refusals(
            refusals(
                ("douyin.orders", "支付完成时间_not_time", 3),
                ("orders", "paid_amount_negative", 5),
                ("orders", "paid_amount_negative", 4),
            ),
            files(file(rows_read=100, rows_used=88, rows_refused=12)),
        )
        assert found.table["rows"].tolist() == [9, 3]
        assert found.table["field"].tolist() == ["paid_amount", "支付完成时间"]
        assert found.headline.text("en") == (
            "The first thing to mend: An amount or a count below zero (9 rows of Orders). Returns "
            "belong into the refunds: export them as such."
        )

    def test_files_refused_as_a_whole_are_counted_with_their_fix(self):
        found = health.refusals(refusals(), files(file(), refused_file("password")))
        assert found.headline.text("en") == (
            "1 of 2 files were left out as a whole; the first reason: The file is locked by a "
            "password. Open it with its password, save it without one, and load that."
        )

    def test_rows_of_the_forgotten_are_no_fault_to_mend(self):
        left_out = ("contacts", "forgotten", 9)
        found = health.refusals(
            refusals(left_out, ("orders", "paid_amount_negative", 1)),
            files(file(rows_read=100, rows_used=99, rows_refused=1)),
        )
        assert found.table["field"].tolist() == ["paid_amount"]
        assert health.refusals(refusals(left_out), files(file())).headline.key == "none_refused"

    def test_nothing_refused_is_said_and_each_source_named(self):
        found = health.refusals(refusals(), files(file(), file("youzan.orders")))
        assert found.headline.key == "none_refused"
        assert found.table["problem"].tolist() == ["nothing", "nothing"]
        assert not found.caveats

    def test_a_lake_without_logs_is_said(self):
        assert isinstance(health.refusals(refusals(), files()), NotEnoughData)

    @pytest.mark.parametrize("table", schema.names())
    def test_every_reason_of_every_table_has_a_meaning_of_its_own(self, table):
        for reason, _sql in schema.reasons(schema.get(table)):
            assert reasons.of_row(reason).problem != reasons.of_row("some_rule").problem, reason

    @pytest.mark.parametrize(
        "reason",
        ["other_line_refused", "forgotten", "too_many_cells", "not_json", "订单金额_not_money"],
    )
    def test_reasons_of_readers_and_adapters_have_one_too(self, reason):
        assert reasons.of_row(reason).problem != reasons.of_row("some_rule").problem

    @settings(max_examples=50, deadline=None)
    @given(st.text(min_size=1, max_size=40))
    def test_no_reason_is_without_a_fix(self, reason):
        assert reasons.of_row(reason).fix
        assert reasons.of_file(reason).fix


class TestDrift:
    def test_a_column_that_came_or_went_since_the_first_load_is_a_change(self):
        found = health.drift(
            files(
                file(at="2026-05-01", unknown_headers=("旧列",)),
                file(at="2026-06-01", unknown_headers=("旧列", "新列"), missing_columns=("售后",)),
            )
        )
        assert found.table[["what", "name", "files"]].to_numpy().tolist() == [
            ["new column that nobody reads", "新列", 1],
            ["column gone since an earlier export", "售后", 1],
            ["column that nobody reads", "旧列", 2],
        ]
        assert texts(found)[0] == (
            "Exports have changed: 1 columns are gone; look at Douyin shop: order export first."
        )

    def test_a_column_unread_from_the_beginning_is_no_change(self):
        found = health.drift(files(file(unknown_headers=("旧列",))))
        assert found.facts["changes"] == 0
        assert found.headline.text("en").startswith("Every kind of export was loaded once so far")

    def test_columns_that_were_never_there_are_one_line(self):
        found = health.drift(
            files(
                *[file(at=day, missing_columns=("b", "a")) for day in ("2026-05-01", "2026-06-01")]
            )
        )
        assert found.table["name"].tolist() == ["a / b"]
        assert found.headline.text("en") == "Exports have kept their form from load to load."

    def test_a_new_word_comes_first(self):
        found = health.drift(
            files(file(), refused_file("unknown_word", "youzan.orders", at="2026-06-01"))
        )
        assert found.headline.key == "new_words"
        assert "Youzan: order export" in found.headline.text("en")

    def test_assumptions_are_told_apart_and_counted(self):
        found = health.drift(
            files(file(remarks=(remark("scope", about="shop"), remark("unproven", "no refunds"))))
        )
        assert found.facts["assumed"] == 2
        assert set(found.table["name"]) == {"shop", "no refunds"}

    def test_assumptions_are_said_in_the_language_of_the_page(self):
        with speaking("zh-CN"):
            found = health.drift(
                files(file(remarks=(remark("unproven", "b", "乙"), remark("unproven", "a", "甲"))))
            )
        assert found.table["name"].tolist() == ["乙 / 甲"]
        assert found.facts["assumed"] == 2

    def test_every_kind_of_remark_has_a_place_of_its_own(self):
        given = [remark(kind) for kind in KINDS]
        found = health.drift(files(file(remarks=tuple(given))))
        assert found.table["what"].nunique() == len(KINDS)

    def test_rows_that_remarks_are_about_are_added_up(self):
        given = [remark("superseded", f"{n} rows", rows=n) for n in (2, 3)]
        found = health.drift(files(*[file(remarks=(one,)) for one in given]))
        assert found.table["name"].tolist() == ["5 rows"]
        assert found.table["files"].tolist() == [2]
        assert found.facts["assumed"] == 0

    def test_exports_that_kept_their_form_are_listed_as_such(self):
        found = health.drift(files(file(), file("completejourney")))
        assert found.table["what"].unique().tolist() == ["as it was"]
        assert len(found.table) == 2

    def test_a_lake_without_logs_is_said(self):
        assert isinstance(health.drift(files()), NotEnoughData)


def test_whatever_rows_can_come_from_has_a_name_for_readers():
    systems = {one.source.name for one in sources.adapters()} | {*sources.names()}
    assert not (systems | {"warehouse", "identity", "files"}) - {*labels.SOURCES}
    assert not {*schema.names()} - {*labels.TABLES}
