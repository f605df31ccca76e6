"""Identified, unlinked and the notes: how much of the sales other reports can speak of."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights import schema
from insights.analyses import health
from insights.errors import CheckFailed, MissingColumns
from insights.results import NotEnoughData
from insights.sources import adapters
from insights.wording import speaking
from tests.analyses.test_health import days, file, files

AS_OF = date(2026, 6, 30)


def sold(channel="youzan", net=100.0, keyed=None, known=None, contact=0.0, **more):
    """One month of one shop; what is not said is as much as the step before."""
    keyed = net if keyed is None else keyed
    return {
        "month_on": pd.Timestamp("2026-06-01"),
        "channel": channel,
        "shop_id": "S1",
        "orders": 50,
        "net_amount": net,
        "keyed_amount": keyed,
        "known_amount": keyed if known is None else known,
        "contact_amount": contact,
    } | more


def sales(*rows):
    return pd.DataFrame(rows, columns=list(sold()))


def refunds(*rows):
    """Refunds by hand: channel, refunded, of it estimated."""
    frame = pd.DataFrame(rows, columns=["channel", "refund_amount", "estimated_amount"])
    return frame.assign(orders=50, gross_amount=1000.0)


class TestIdentified:
    def test_each_step_is_a_share_of_all_net_sales(self):
        found = health.identified(
            sales(sold(net=100, keyed=80, known=60, contact=25), sold("jd", 100, 40, 30)),
            as_of=AS_OF,
        )
        assert found.table["share"].tolist() == [1.0, 0.6, 0.45, 0.125]
        assert found.table["lost_amount"].tolist()[1:] == [80, 30, 65]

    def test_the_headline_names_the_channel_that_is_known_least(self):
        found = health.identified(
            sales(sold(net=700, keyed=690), sold("jd", 200, 62), sold("pdd", 5, 0)), as_of=AS_OF
        )
        assert found.headline.text("en") == (
            "83.1% of net sales belong to a known customer; of JD's, 31%."
        )

    def test_one_channel_is_compared_with_none(self):
        found = health.identified(sales(sold(keyed=50)), as_of=AS_OF)
        assert found.headline.text("en") == "50% of net sales belong to a known customer."

    def test_without_contacts_their_step_is_left_out_and_the_export_is_named(self):
        found = health.identified(sales(sold()), as_of=AS_OF)
        assert len(found.table) == 3
        assert "WeCom contact list" in found.caveats[0]
        assert [tile.key for tile in found.tiles] == ["known_share"]

    def test_sales_of_more_than_twelve_months_ago_do_not_count(self):
        old = sold(net=900, keyed=0, month_on=pd.Timestamp("2025-06-01"))
        edge = sold(net=100, month_on=pd.Timestamp("2025-07-01"))
        found = health.identified(sales(old, edge, sold()), as_of=AS_OF)
        assert found.facts["net"] == 200
        assert found.facts["known"] == 1

    def test_a_month_still_running_is_said(self):
        found = health.identified(sales(sold()), as_of=date(2026, 6, 12))
        assert any("not over" in found.say(caveat) for caveat in found.caveats)

    @pytest.mark.parametrize("rows", [(), (sold(month_on=pd.Timestamp("2025-01-01")),)])
    def test_no_sales_are_said(self, rows):
        assert isinstance(health.identified(sales(*rows), as_of=AS_OF), NotEnoughData)
        assert isinstance(health.unlinked(sales(*rows), as_of=AS_OF), NotEnoughData)

    def test_a_step_larger_than_the_one_before_stops_the_report(self):
        with pytest.raises(CheckFailed, match="steps_hold_each_other"):
            health.identified(sales(sold(keyed=50, known=60)), as_of=AS_OF)

    def test_a_frame_without_amounts_is_refused_by_name(self):
        with pytest.raises(MissingColumns, match="known_amount"):
            health.identified(sales(sold()).drop(columns="known_amount"), as_of=AS_OF)

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["youzan", "jd", "tmall", "else"]),
                st.integers(1, 10_000),
                *[st.floats(0, 1)] * 3,
            ),
            min_size=1,
            max_size=10,
        )
    )
    def test_shares_fall_from_step_to_step_and_channels_add_up(self, parts):
        rows = [
            sold(channel, net, net * a, net * a * b, net * a * b * c)
            for channel, net, a, b, c in parts
        ]
        found = health.identified(sales(*rows), as_of=AS_OF)
        assert found.table["share"].is_monotonic_decreasing
        assert found.table["share"].between(0, 1).all()
        by = health.unlinked(sales(*rows), as_of=AS_OF)
        assert by.table["unlinked_amount"].sum() == pytest.approx(found.facts["unlinked"], abs=1e-6)


class TestUnlinked:
    def test_the_channel_with_the_most_unlinked_money_comes_first_with_its_export(self):
        found = health.unlinked(sales(sold("jd", 100, 10), sold("store", 400, 250)), as_of=AS_OF)
        assert found.table["channel"].tolist() == ["Stores", "JD"]
        assert found.headline.text("en") == (
            "Most of what belongs to nobody we know was sold through Stores: ¥150, 62.5% of it. "
            "What would tell: Scan the member code at the till, and export receipts with the "
            "member number."
        )

    @pytest.mark.parametrize("channel", schema.get("orders").column("channel").values)
    def test_an_export_is_named_only_where_it_can_be_loaded(self, channel):
        found = health.unlinked(sales(sold(channel, 100, 0)), as_of=AS_OF)
        read = {one.source.name for one in adapters()} | {"store", "taobao", "pdd"}
        assert (channel in read) != ("insights load orders" in found.table.loc[0, "export"])

    def test_buyers_who_are_named_but_not_known_need_a_member_list(self):
        found = health.unlinked(sales(sold("youzan", 100, 95, 20)), as_of=AS_OF)
        assert found.table.loc[0, "gap"] == "buyers are named, but nobody we know"
        assert found.table.loc[0, "export"].startswith("Member list")

    def test_known_customers_who_are_no_contacts_are_a_step_of_their_own(self):
        found = health.unlinked(sales(sold(contact=40)), as_of=AS_OF)
        assert found.table.loc[0, "gap"] == "customers are known, but are no contacts"
        assert found.headline.key == "all_linked"

    def test_where_contacts_were_never_loaded_nobody_is_told_to_win_them(self):
        found = health.unlinked(sales(sold()), as_of=AS_OF)
        assert found.table.loc[0, "gap"] == "all linked"

    def test_a_channel_that_nobody_has_heard_of_has_advice_too(self):
        found = health.unlinked(sales(sold("popup", 100, 0)), as_of=AS_OF)
        assert found.table.loc[0, "channel"] == "popup"
        assert found.table.loc[0, "export"]


EVERYTHING = ("orders", "order_lines", "products", "contacts", "memberships")


class TestMissing:
    def said(self, *given, lang="en"):
        with speaking(lang):
            found = health.notes(
                days=days(),
                files=files(*[file(source, tables=tables) for source, tables in given]),
                sales=sales(sold()),
                refunds=refunds(("youzan", 10, 0)),
                as_of=AS_OF,
            )
            return [found.say(caveat) for caveat in found.caveats]

    def test_an_order_list_without_goods_names_the_export_that_has_them(self):
        goods, contacts, members = self.said(("tmall.orders", ("orders", "refunds")))
        assert goods.startswith("What was bought through Tmall is not known.")
        assert "ExportItemList" in goods
        assert "get_by_user" in contacts
        assert "a whole phone" in contacts
        assert "the member list" in members

    def test_with_goods_the_list_of_products_is_what_is_missing(self):
        products, contacts, _ = self.said(("douyin.orders", ("orders", "order_lines")))
        assert "brand_tables.products" in products
        assert "card in the parcel" in contacts

    def test_what_is_there_is_not_asked_for(self):
        whole = ("youzan.trades", ("orders", "order_lines"))
        rest = ("wecom.contacts", ("contacts",)), ("members.list", ("memberships",))
        (said,) = self.said(whole, *rest)
        assert "brand_tables.products" in said
        assert self.said(whole, *rest, ("brand_tables.products", ("products",))) == []

    def test_it_is_said_in_chinese(self):
        said = self.said(("tmall.orders", ("orders",)), lang="zh-CN")
        assert said[0].startswith("天猫买了什么商品还不知道。")
        assert said[0].endswith("与订单报表一起导出的宝贝报表（ExportItemList）")


class TestNotes:
    def notes(self, **more):
        given = {
            "days": days(),
            "files": files(file(tables=EVERYTHING)),
            "sales": sales(sold()),
            "refunds": refunds(("youzan", 10, 0)),
            "as_of": AS_OF,
        } | more
        found = health.notes(**given)
        return [found.say(caveat) for caveat in found.caveats]

    def test_data_without_a_fault_carry_nothing(self):
        assert self.notes() == []

    def test_where_the_data_begin_is_carried(self):
        assert "begin on 2026-01-01" in self.notes(data_from=date(2026, 1, 1))[0]

    def test_missing_and_late_days_are_carried(self):
        broken = pd.concat([days(last="2026-03-01"), days(first="2026-04-01", last="2026-06-20")])
        late, gap = self.notes(days=broken)
        assert late.startswith("Douyin: Orders after 2026-06-20 have not arrived yet")
        assert "from 2026-03-02 to 2026-03-31 are missing" in gap

    def test_sales_of_nobody_and_channels_of_few_orders_are_carried(self):
        said = self.notes(sales=sales(sold(net=900), sold("popup", 100, 0, orders=29)))
        assert said == [
            "10% of the net sales of twelve months belong to nobody we know and are in no figure "
            "on customers. What would tell most: No export of this channel can be read yet: load "
            "its orders as a table, with the buyer's number, by `insights load orders`.",
            "Fewer than 30 orders in twelve months came through popup: shares and averages of so "
            "few say little.",
        ]

    def test_refunds_unknown_or_only_estimated_are_carried(self):
        said = self.notes(refunds=refunds(("youzan", 30, 0), ("douyin", 10, 10), ("jd", 0, 0)))
        assert said[0].startswith("No refund is known of JD")
        assert said[1].startswith("25% of the money refunded was only read off")
        assert "(Douyin)" in said[1]

    def test_refunds_of_orders_that_are_not_there_are_carried(self):
        strays = pd.DataFrame(
            [
                ("pos", 3, 120.5, pd.Timestamp("2026-01-02"), pd.Timestamp("2026-01-20")),
                ("douyin", 1, 9.5, pd.Timestamp("2026-02-02"), pd.Timestamp("2026-02-02")),
            ],
            columns=["source", "refunds", "amount", "first_on", "last_on"],
        )
        (said,) = self.notes(strays=strays)
        assert said.startswith("4 refunds of Douyin / ")
        assert "¥130 from 2026-01-02 to 2026-02-02, name orders that are not in" in said
        assert self.notes(strays=strays.iloc[1:])[0].startswith("One refund of Douyin, ¥9.50 on")
        assert self.notes(strays=strays.iloc[:0]) == []

    def test_rows_in_quarantine_are_carried(self):
        held = file(rows_read=100, rows_used=97, rows_refused=3, tables=EVERYTHING)
        assert self.notes(files=files(held)) == [
            "3 rows (3% of those read) are in quarantine and in no figure."
        ]

    def test_a_platform_that_leaves_small_numbers_out_is_carried(self):
        posts = days("official_account", "daily_metrics")
        said = self.notes(days=pd.concat([days(), posts]))
        assert "fewer than three actions" in said[0]
        assert "thirty days" in said[1]

    def test_what_wecom_does_not_tell_is_carried_by_what_was_loaded(self):
        wecom = [days("wecom", table) for table in ("contents", "daily_metrics", "touches")]
        assert "deleted" in self.notes(days=pd.concat([days(), wecom[0]]))[0]
        assert "guides' rate" in self.notes(days=pd.concat([days(), wecom[1]]))[0]
        assert self.notes(days=pd.concat([days(), wecom[2]])) == []

    def test_a_lake_with_nothing_but_one_file_of_orders_is_told_of(self):
        said = self.notes(
            days=days(first="2026-06-01"), refunds=refunds(("douyin", 0, 0)), data_from=AS_OF
        )
        assert len(said) == 2

    def test_they_speak_the_language_of_the_page(self):
        with speaking("zh-CN"):
            said = self.notes(refunds=refunds(("jd", 0, 0), ("youzan", 1, 0)))
        assert said == [
            "京东没有任何退款记录，其净销售额即实付金额；"
            "用 insights load refunds 载入退款明细后方可得知。"
        ]
