"""A lake is built anew from the files as they were received, and the key of ids; not without it."""

import json
import os
import shutil
from datetime import datetime

import pytest

from insights.errors import IntakeError, SettingsError
from insights.intake import FilesSource, ingest
from insights.intake.restoring import restore
from insights.intake.vault import Vault
from tests.intake.test_files import export
from tests.intake.test_moments import JANUARY, MARCH, epoch, people
from tests.samples.douyin.orders import line

TABLES = ("orders", "order_lines", "contacts", "identity_links")


@pytest.fixture
def received(shop, tmp_path):
    """Three loads: orders, one of which a later export says otherwise, and two lists of friends."""
    files = tmp_path / "files"
    files.mkdir()
    brand = shop.settings.brand()

    def load(*paths, **scope):
        ingest(shop.settings, brand, FilesSource(paths, shop.settings, brand, scope))

    june = export(files / "june.csv", line("01", "11", "10.00"), line("02", "21", "5.00"))
    os.utime(june, (epoch(JANUARY), epoch(JANUARY)))
    load(june, friends(files / "january.json", range(8), JANUARY), shop="flagship")
    july = export(files / "july.csv", line("01", "11", "12.00"))
    os.utime(july, (epoch(MARCH), epoch(MARCH)))
    load(july, shop="flagship")
    load(friends(files / "march.json", [0, 1, 2, *range(4, 20)], MARCH))
    return shop


@pytest.fixture
def little(shop, tmp_path):
    """One load of one file, with a phone in it."""
    path = export(tmp_path / "june.csv", line("01", "11", "10.00", 收件人手机号="13900000021"))
    brand = shop.settings.brand()
    ingest(shop.settings, brand, FilesSource([path], shop.settings, brand))
    return shop


def friends(path, numbers, written: datetime):
    path.write_text(
        json.dumps({"errcode": 0, "external_contact_list": people(*numbers), "next_cursor": ""})
    )
    os.utime(path, (epoch(written), epoch(written)))
    return path


def lose(shop, *kept: str) -> None:
    """Lose all of the brand's folder but what a backup of some files would have."""
    home = shop.settings.data / "shop"
    for path in home.iterdir():
        if path.name not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in (home / "raw").iterdir():
        os.utime(path)  # A backup may not have kept the times.


def rows(shop, tables=TABLES) -> dict[str, list[tuple[object, ...]]]:
    """Everything that the lake says, but for when it was told."""
    found = {}
    lake = shop.open(as_of=None)
    for table in tables:
        names = list(lake.sql(f"SELECT * FROM {table} LIMIT 0").columns)
        names.remove("loaded_at")
        found[table] = shop.ask(f"SELECT {', '.join(names)} FROM {table} ORDER BY ALL", as_of=None)
    return found


def test_with_the_key_everybody_is_who_they_were(little):
    few = ("orders", "identity_links")
    before = rows(little, few)
    lose(little, "raw", "id.key")
    (report,) = restore(little.settings, little.settings.brand())
    assert report.notices == ()
    assert rows(little, few) == before


@pytest.mark.slow
def test_load_by_load_the_lake_is_what_it_was(received):
    before, kept = rows(received), Vault.of(received.settings, received.settings.brand()).entries()
    assert any(MARCH in row for row in before["contacts"])  # Who was lost in between.
    lose(received, "raw", "id.key")
    reports = restore(received.settings, received.settings.brand())
    assert [len(report.files) for report in reports] == [2, 1, 1]
    assert rows(received) == before
    brand = received.settings.brand()
    assert Vault.of(received.settings, brand).entries() == kept
    assert not list((received.settings.data / "shop").glob(".restoring-*"))


def test_without_the_key_it_is_refused_and_nothing_is_written(little):
    lose(little, "raw")
    with pytest.raises(SettingsError, match="every customer is another id") as refused:
        restore(little.settings, little.settings.brand())
    assert "insights restore --new-key" in str(refused.value)
    assert [p.name for p in (little.settings.data / "shop").iterdir()] == ["raw"]


def test_a_load_without_the_key_is_refused_too_and_leaves_no_key_that_is_none(little, tmp_path):
    lose(little, "raw", "lake", "id.key-id")
    brand = little.settings.brand()
    path = export(tmp_path / "july.csv", line("02", "21", "5.00", 收件人手机号="13900000021"))
    with pytest.raises(IntakeError, match=r"is gone: data/shop/id\.key\. Put it back"):
        ingest(little.settings, brand, FilesSource([path], little.settings, brand))
    assert not (little.settings.data / "shop" / "id.key").exists()


def test_where_the_key_is_lost_for_good_a_new_one_is_made_and_said(little):
    before = rows(little, ("orders", "identity_links"))
    lose(little, "raw", "id.key-id")
    reports = restore(little.settings, little.settings.brand(), new_key=True)
    said = " ".join(notice for report in reports for notice in report.notices)
    assert "customers' ids differ from those on pages, lists and tombstones" in said
    after = rows(little, ("orders", "identity_links"))
    assert [row[0] for row in after["orders"]] == [row[0] for row in before["orders"]]
    assert after["identity_links"] != before["identity_links"]


def test_a_lake_that_is_there_is_not_touched(little):
    with pytest.raises(IntakeError, match=r"mv data/shop/lake data/shop/lake\.before"):
        restore(little.settings, little.settings.brand())


def test_with_nothing_received_it_says_what_to_do(shop):
    with pytest.raises(IntakeError, match="insights ingest PATH"):
        restore(shop.settings, shop.settings.brand())


def test_encrypted_files_need_their_own_key(shop, tmp_path, monkeypatch):
    monkeypatch.setenv("INSIGHTS_RAW_KEY", "a passphrase of many letters")
    brand = shop.settings.brand()
    path = export(tmp_path / "june.csv", line("01", "11", "10.00"))
    ingest(shop.settings, brand, FilesSource([path], shop.settings, brand))
    before = shop.ask("SELECT order_id, paid_amount FROM orders", as_of=None)
    lose(shop, "raw", "id.key")
    monkeypatch.delenv("INSIGHTS_RAW_KEY")
    with pytest.raises(IntakeError, match="encrypted and no key is set"):
        restore(shop.settings, brand)
    monkeypatch.setenv("INSIGHTS_RAW_KEY", "a passphrase of many letters")
    restore(shop.settings, brand)
    assert shop.ask("SELECT order_id, paid_amount FROM orders", as_of=None) == before
