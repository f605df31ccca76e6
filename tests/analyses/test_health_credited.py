"""Credited: what small sellers and guides sell is found again, and few of them are not shown."""

from datetime import date

import pandas as pd
import pytest

from insights.analyses import health
from insights.errors import MissingColumns
from insights.results import NotEnoughData
from insights.wording import speaking

AS_OF = date(2026, 6, 30)


def sold(seller, net, *, channel="youzan", role=None, month="2026-06-01", orders=1):
    return {
        "month_on": pd.Timestamp(month),
        "channel": channel,
        "seller_ref": seller,
        "role": role,
        "orders": orders,
        "net_amount": net,
    }


def many(prefix, count, net, **more):
    return [sold(f"{prefix}{n}", net, **more) for n in range(count)]


def credited(*rows):
    return health.credited(pd.DataFrame(rows, columns=list(sold("a", 1.0))), as_of=AS_OF)


class TestCredited:
    def test_each_kind_of_seller_has_its_share_and_nobody_comes_last(self):
        found = credited(
            *many("g", 10, 20.0, role="guide", channel="store"),
            *many("koc", 20, 25.0),
            *many("d", 10, 10.0, channel="xhs"),
            *many("ip", 10, 5.0, role="ip"),
            sold(None, 150.0, channel="tmall"),
        )
        assert found.table["who"].tolist() == [
            "Small sellers and KOCs, in no staff list",
            "Guides and store managers",
            "Influencers of marketplaces",
            "Accounts of the head office",
            "Nobody is credited",
        ]
        assert found.table["share"].tolist() == [0.5, 0.2, 0.1, 0.05, 0.15]
        assert found.table["per_seller"].tolist()[:2] == [25.0, 20.0]
        assert found.claims[1].text("en") == (
            "20 small sellers who are in no staff list are credited with 50% of net sales."
        )

    def test_one_seller_of_two_months_and_channels_is_one(self):
        rows = many("koc", 11, 10.0)
        found = credited(*rows, *[r | {"month_on": pd.Timestamp("2026-05-01")} for r in rows])
        assert found.facts["small"] == 11

    def test_fewer_than_ten_sellers_are_neither_shown_nor_said(self):
        found = credited(*many("koc", 9, 10.0), *many("g", 30, 10.0, role="guide"))
        shown = found.bundle().table
        assert found.facts["small_share"] is None
        assert "small_sellers" not in [claim.key for claim in found.claims]
        assert shown is None or "Small sellers" not in str(shown)

    def test_the_best_fifth_is_told_only_where_it_is_ten_people(self):
        few, enough = (
            credited(*many("k", 49, 1.0)),
            credited(*many("a", 10, 9.0), *many("k", 40, 1.0)),
        )
        assert few.table["top_share"].isna().all()
        assert enough.table["top_share"][0] == pytest.approx(90 / 130)

    def test_sales_of_more_than_a_year_ago_do_not_count(self):
        found = credited(*many("k", 10, 5.0), sold("old", 900.0, month="2025-06-01"))
        assert found.facts["net"] == 50

    @pytest.mark.parametrize("rows", [(), (sold(None, 10.0),)])
    def test_without_a_seller_the_exports_that_name_one_are_said(self, rows):
        found = credited(*rows)
        assert isinstance(found, NotEnoughData)
        assert "分销员" in found.say(found.needs)

    def test_a_frame_without_roles_is_refused_by_name(self):
        with pytest.raises(MissingColumns, match="role"):
            health.credited(pd.DataFrame([sold("a", 1.0)]).drop(columns="role"), as_of=AS_OF)

    def test_it_is_said_in_chinese(self):
        with speaking("zh-CN"):
            found = credited(*many("koc", 20, 25.0), sold(None, 500.0))
            assert found.claims[1].text() == "不在员工表中的小B共20人，归属净销售额的50%。"
