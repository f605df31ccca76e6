"""Segments: named, kept, used in a split, and left by whoever is forgotten."""

from datetime import date

import pandas as pd
import pytest

import insights as ins
from insights.analyses import cohorts
from insights.errors import DataError, MissingColumns, ParameterError
from insights.settings import Settings
from insights.store import segments


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    (tmp_path / "insights.toml").write_text(
        'default_brand = "shop"\n[brands.shop]\n[brands.other]\n'
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_name_brings_back_whom_it_stood_for():
    ins.segments.save("live-first", ["C2", "C1", "C1"])
    assert ins.segments.load("live-first")["customer_id"].tolist() == ["C1", "C2"]
    assert ins.segments.names()[["name", "customers"]].to_numpy().tolist() == [["live-first", 2]]


def test_several_segments_stand_under_one_name():
    frame = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "segment": ["a", "b", "b"]})
    said = ins.segments.save("rfm", frame)
    assert said.to_numpy().tolist() == [["b", 2], ["a", 1]]


def test_brands_have_segments_of_their_own():
    ins.segments.save("vip", ["C1"])
    assert ins.segments.names("other").empty


def test_a_split_can_be_made_by_a_saved_segment():
    """Those named come back within the window, the others do not."""
    who = [f"C{n}" for n in range(80)]
    ins.segments.save("loyal", who[:40])
    first = pd.Timestamp("2026-01-15 10:00")
    again = pd.DataFrame({"customer_id": who[:40], "paid_at": first + pd.Timedelta(days=20)})
    purchases = pd.concat([pd.DataFrame({"customer_id": who, "paid_at": first}), again])
    customers = ins.segments.label(pd.DataFrame({"customer_id": who}), "loyal")
    found = cohorts.split(purchases, customers, by="segment", as_of=date(2026, 6, 30))
    shares = found.table.set_index("group")["share"].to_dict()
    assert shares == {"loyal": 1.0, "others": 0.0}


def test_the_file_is_for_its_owner_alone(here):
    ins.segments.save("vip", ["C1"])
    path = here / "data" / "shop" / "segments" / "vip.parquet"
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_who_is_forgotten_is_in_no_segment():
    settings = Settings.load()
    ins.segments.save("vip", ["C1", "C2"])
    ins.segments.save("only", ["C1"])
    assert segments.forget(settings, settings.brand("shop"), {"C1"}) == 2
    assert ins.segments.names()["name"].tolist() == ["vip"]
    assert ins.segments.load("vip")["customer_id"].tolist() == ["C2"]
    assert segments.forget(settings, settings.brand("shop"), {"C1"}) == 0


def test_a_name_that_is_not_there_is_said_with_the_nearest():
    ins.segments.save("live-first", ["C1"])
    with pytest.raises(DataError, match="live-first"):
        ins.segments.load("life-first")
    ins.segments.remove("live-first")
    with pytest.raises(DataError):
        ins.segments.load("live-first")


@pytest.mark.parametrize("name", ["../vip", "", "a b", "x" * 65])
def test_a_name_that_is_a_path_or_none_is_refused(name):
    with pytest.raises(ParameterError):
        ins.segments.save(name, ["C1"])


def test_nobody_and_somebody_twice_are_refused():
    with pytest.raises(DataError, match="Nobody"):
        ins.segments.save("none", [])
    twice = pd.DataFrame({"customer_id": ["C1", "C1"], "segment": ["a", "b"]})
    with pytest.raises(DataError, match="two segments"):
        ins.segments.save("twice", twice)
    with pytest.raises(MissingColumns):
        ins.segments.save("bare", pd.DataFrame({"customer_id": ["C1"]}))
