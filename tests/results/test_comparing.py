"""Two groups held against each other, and a table taken along as a workbook."""

import pandas as pd
import pytest

from insights.errors import DataError
from insights.models.intervals import wilson
from insights.results import Column, NotEnoughData, Result
from insights.results.comparing import difference_interval


class Shares(Result):
    name = "shares"
    columns = {
        "group": Column("Group"),
        "customers": Column("Customers", "count", people=True),
        "share": Column("Bought again", "percent"),
        "low": Column("Low", "percent"),
        "high": Column("High", "percent"),
    }


@pytest.fixture
def shares():
    table = pd.DataFrame({"group": ["live", "store", "post", "tiny"], "customers": [70, 80, 90, 3]})
    low, high = wilson([56, 48, 54, 1], table["customers"])
    share = [56 / 70, 48 / 80, 54 / 90, 1 / 3]
    return Shares(table=table.assign(share=share, low=low, high=high))


def test_the_interval_of_a_difference_is_newcombes(shares):
    """Newcombe (1998), table II, line (a), method 10: 56/70 - 48/80 is 0.0524 to 0.3339."""
    found = shares.compare("live", "store").set_index("measure").loc["Bought again"]
    assert (found["live"], found["store"]) == (0.8, 0.6)
    assert found["difference"] == pytest.approx(0.2)
    assert (round(found["low"], 4), round(found["high"], 4)) == (0.0524, 0.3339)
    assert found["apart"]


def test_groups_that_chance_explains_are_not_apart_and_counts_have_no_interval(shares):
    found = shares.compare("store", "post").set_index("measure")
    assert not found.loc["Bought again", "apart"]
    assert found.loc["Customers", "difference"] == -10
    assert pd.isna(found.loc["Customers", "low"])


def test_turning_the_groups_round_turns_the_sign():
    one, other = (0.8, 0.69, 0.88), (0.6, 0.49, 0.70)
    low, high = difference_interval(one, other)
    assert difference_interval(other, one) == pytest.approx((-high, -low))


def test_a_slip_is_told_with_what_was_meant(shares):
    with pytest.raises(DataError, match=r"no group 'stor'\. Did you mean 'store'"):
        shares.compare("live", "stor")


def test_a_group_like_none_is_told_where_the_groups_are():
    names = [f"2026-{n:02}" for n in range(1, 31)]
    numbers = {"customers": 70, "share": 0.5, "low": 0.4, "high": 0.6}
    many = Shares(table=pd.DataFrame({"group": names, **numbers}))
    with pytest.raises(DataError, match=r"no group 'x'\. Its groups .* r\.table\['group'\]"):
        many.compare("x", "2026-01")


def test_what_is_not_known_yet_has_no_difference_and_is_neither_apart_nor_not(shares):
    """The newest months have no share yet, and their counts are missing as pandas writes it."""
    table = shares.table.astype({"customers": "Int64"}).assign(
        again=pd.array([9, None, 7, 1], "Int64")
    )
    unknown = {"share": float("nan"), "low": float("nan"), "high": float("nan")}
    table.loc[table["group"] == "store", list(unknown)] = list(unknown.values())

    class Watched(Shares):
        columns = {**Shares.columns, "again": Column("Again", "count")}

    found = Watched(table=table).compare("live", "store").set_index("measure")
    assert pd.isna(found.loc["Again", "difference"])
    assert found.loc["Bought again", "apart"] is None
    assert found.loc["Customers", "difference"] == -10


def channels(*groups):
    table = pd.DataFrame({"group": groups, "customers": [70] * len(groups)})
    low, high = wilson([56] * len(groups), table["customers"])
    return Shares(table=table.assign(share=0.8, low=low, high=high))


@pytest.mark.parametrize(
    ("groups", "one", "said"),
    [
        (("Douyin", "Stores"), "live", "Douyin"),
        (("Youzan", "Stores"), "private", "Youzan"),
        (("Livestream shops", "Stores", "Shelf shops"), "live", "Livestream shops"),
        (("Livestream shops", "Stores", "Shelf shops"), "shelf", "Shelf shops"),
    ],
)
def test_a_kind_of_channel_is_the_one_that_there_is(groups, one, said):
    shares = channels(*groups)
    held, plain = shares.compare(one, "store"), shares.compare(said, "Stores")
    assert held["difference"].tolist() == plain["difference"].tolist()
    assert {one, "store"} <= set(held.columns)


def test_of_several_channels_of_a_kind_one_has_to_be_named():
    with pytest.raises(
        DataError, match=r"no group 'live'. Of that kind there are Douyin, Kuaishou"
    ):
        channels("Douyin", "Kuaishou", "Stores").compare("live", "store")


def test_a_group_too_small_to_be_shown_is_not_compared(shares):
    with pytest.raises(DataError, match="too few people to be shown"):
        shares.compare("live", "tiny")


def test_where_there_was_not_enough_data_nothing_is_compared():
    with pytest.raises(DataError, match="no groups to compare"):
        NotEnoughData(because="Too few.", needs="More.").compare("a", "b")


def test_the_workbook_has_the_labels_and_the_numbers_without_small_groups(shares, tmp_path):
    path = shares.to_excel(tmp_path / "out.xlsx")
    read = pd.read_excel(path, engine="calamine")
    assert read.columns.tolist() == ["Group", "Customers", "Bought again", "Low", "High"]
    # The smallest of the others goes with the one that is too small, or it could be worked out.
    assert read["Group"].tolist() == ["store", "post"]
    assert read["Bought again"].tolist() == [0.6, 0.6]


def test_a_workbook_of_another_name_is_refused(shares, tmp_path):
    with pytest.raises(DataError, match=r"found 'out\.csv'"):
        shares.to_excel(tmp_path / "out.csv")


def test_a_workbook_in_no_folder_is_refused(shares, tmp_path):
    with pytest.raises(DataError, match=r"out\.xlsx' cannot be written: .* Name a file"):
        shares.to_excel(tmp_path / "nowhere" / "out.xlsx")
