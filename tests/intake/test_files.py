"""Files as a source: good ones are loaded whole, bad ones are left out and named."""

import json
import os
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from insights.errors import IntakeError
from insights.intake import FilesSource, ingest
from insights.intake.explaining import explain
from insights.settings import Settings
from tests.samples.douyin.orders import SAMPLE, line
from tests.samples.sample import Sample
from tests.store.shop import Shop


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


def export(path: Path, *rows: dict[str, str], modified: int = 0) -> Path:
    path.write_bytes(Sample(adapter="douyin.orders", rows=rows, expected={}).content())
    if modified:
        os.utime(path, (modified, modified))
    return path


def load(shop: Shop, /, *paths: Path, force: bool = False, **scope: str):
    brand = shop.settings.brand()
    return ingest(
        shop.settings, brand, FilesSource(paths, shop.settings, brand, scope), force=force
    )


def paid(shop: Shop) -> list[tuple[object, ...]]:
    return shop.ask("SELECT order_id, paid_amount FROM orders ORDER BY 1", as_of=None)


class TestAFolder:
    def test_the_good_are_loaded_and_the_bad_named(self, shop, files):
        export(files / "june.csv", line("01", "11", "10.00"))
        export(files / "broken.csv", line("02", "21", "10.00", 订单状态="已升仓"))
        (files / "notes.csv").write_text("a,b\n1,2\n")
        (files / "empty.xlsx").write_bytes(b"")
        (files / ".DS_Store").write_bytes(b"x")
        report = load(shop, files)
        assert [account.file for account in report.files] == ["june.csv"]
        assert {one.file: one.reason for one in report.refused_files} == {
            "broken.csv": "unknown_word",
            "notes.csv": "unknown",
            "empty.xlsx": "empty",
        }
        assert len(paid(shop)) == 1

    def test_with_nothing_good_in_it_no_load_is_made(self, shop, files):
        (files / "notes.csv").write_text("a,b\n1,2\n")
        export(files / "broken.csv", line("02", "21", "10.00", 订单状态="已升仓"))
        report = load(shop, files)
        assert (report.skipped, report.reason) == (True, "no file could be loaded")
        assert not (shop.lake() / "current.json").exists()
        (log,) = (shop.lake() / "loads").glob("*.json")
        told = json.loads(log.read_text("utf-8"))["log"]["refused_files"]
        assert {one["reason"] for one in told} == {"unknown_word", "unknown"}
        assert not (shop.lake() / ".scratch").exists()
        assert not (shop.lake() / ".loading").exists()

    def test_files_that_are_all_refused_are_told_of_once(self, shop, files):
        first = load(shop, export(files / "june.csv", line("01", "11", "10.00")))
        (files / "june.csv").unlink()
        export(files / "broken.csv", line("02", "21", "10.00", 订单状态="已升仓"))
        second = load(shop, files)
        assert second.skipped
        assert second.load_id > first.load_id
        assert shop.open().files()["refused_as"].tolist()[1:] == ["unknown_word"]
        assert len(paid(shop)) == 1
        third = load(shop, export(files / "july.csv", line("03", "31", "10.00")))
        assert not third.skipped
        assert load(shop, files).load_id == third.load_id

    def test_a_zip_is_read_as_the_files_in_it(self, shop, files):
        export(files / "june.csv", line("01", "11", "10.00"))
        with zipfile.ZipFile(files / "all.zip", "w") as archive:
            archive.write(files / "june.csv", "out/june.csv")
            archive.writestr("readme.txt", "not,an\nexport,x\n")
        (files / "june.csv").unlink()
        report = load(shop, files / "all.zip")
        assert [account.file for account in report.files] == ["all.zip › june.csv"]
        assert [one.reason for one in report.refused_files] == ["unknown"]

    def test_what_is_not_there_is_said(self, shop, files):
        with pytest.raises(IntakeError, match="There is no file or folder"):
            load(shop, files / "july.csv")
        with pytest.raises(IntakeError, match="There is no file in 'files'"):
            load(shop, files)


class TestLoadingAgain:
    def test_a_file_is_known_by_its_content_whatever_its_name(self, shop, files):
        first = load(shop, export(files / "june.csv", line("01", "11", "10.00")))
        (files / "june.csv").rename(files / "june (1).csv")
        report = load(shop, files)
        assert report.skipped
        assert [(s.file, s.load_id) for s in report.skipped_files] == [
            ("june (1).csv", first.load_id)
        ]

    def test_only_what_is_new_is_read(self, shop, files):
        load(shop, export(files / "june.csv", line("01", "11", "10.00")))
        export(files / "july.csv", line("02", "21", "20.00"))
        report = load(shop, files)
        assert [account.file for account in report.files] == ["july.csv"]
        assert [one.file for one in report.skipped_files] == ["june.csv"]
        assert len(paid(shop)) == 2

    def test_two_copies_of_a_file_count_once(self, shop, files):
        export(files / "a.csv", line("01", "11", "10.00"))
        export(files / "b.csv", line("01", "11", "10.00"))
        report = load(shop, files)
        assert [account.file for account in report.files] == ["a.csv"]
        assert [(one.file, one.same_as) for one in report.skipped_files] == [("b.csv", "a.csv")]

    def test_another_scope_is_another_input(self, shop, files):
        path = export(files / "june.csv", line("01", "11", "10.00"))
        load(shop, path)
        assert not load(shop, path, shop="second").skipped
        assert [row[0].split(":")[1] for row in paid(shop)] == ["main", "second"]

    def test_the_newer_export_wins_whatever_its_name(self, shop, files):
        export(files / "b.csv", line("01", "11", "10.00"), modified=1_000_000)
        export(files / "a.csv", line("01", "11", "12.00"), modified=2_000_000)
        load(shop, files)
        assert [row[1] for row in paid(shop)] == [Decimal("12.00")]


class TestScope:
    def test_the_brand_says_what_its_files_leave_out(self, shop, files):
        with (shop.folder / "insights.toml").open("a") as settings:
            settings.write('[brands.shop.sources.douyin]\nshop = "flagship"\n')
        shop.settings = Settings.load(shop.folder)
        report = load(shop, export(files / "june.csv", line("01", "11", "10.00")))
        assert paid(shop)[0][0].startswith("douyin:flagship:")
        assert not [w for w in report.files[0].warnings if "--set" in w]

    def test_a_default_is_said(self, shop, files):
        report = load(shop, export(files / "june.csv", line("01", "11", "10.00")))
        assert any("say another one with --set shop=..." in w for w in report.files[0].warnings)

    def test_what_no_file_takes_is_refused_with_the_nearest(self, shop, files):
        export(files / "june.csv", line("01", "11", "10.00"))
        with pytest.raises(IntakeError, match=r"No file takes 'shp'.*Did you mean 'shop'"):
            load(shop, files, shp="x")

    def test_test_orders_are_told_by_the_brands_rules(self, shop, files):
        with (shop.folder / "insights.toml").open("a") as settings:
            settings.write('[[brands.shop.test_orders]]\ncolumn = "选购商品"\ncontains = "测试"\n')
        shop.settings = Settings.load(shop.folder)
        rows = [line("01", "11", "10.00"), line("02", "21", "0.01", 选购商品="测试商品")]
        load(shop, export(files / "june.csv", *rows))
        asked = "SELECT paid_amount, is_test FROM orders ORDER BY 1"
        assert shop.ask(asked) == [(Decimal("0.01"), True), (Decimal("10.00"), False)]


class TestAccounts:
    def test_refused_rows_are_in_quarantine_without_what_names_a_person(self, shop, files):
        path = files / "june.csv"
        path.write_bytes(SAMPLE.content())
        report = load(shop, path)
        (kept,) = shop.quarantine().rglob("*.parquet")
        assert kept.name == "douyin.orders.parquet"
        import duckdb  # noqa: PLC0415 - only here

        rows = duckdb.sql(f"SELECT * FROM '{kept}' ORDER BY row_number").fetchall()
        assert [(row[0], row[1], row[2]) for row in rows] == [
            ("douyin.orders", "订单应付金额_not_money", "june.csv"),
            ("douyin.orders", "other_line_refused", "june.csv"),
        ]
        assert len(rows) == report.files[0].rows_refused
        assert "收件人手机号" not in json.loads(rows[0][5])

    def test_the_load_log_has_them(self, shop, files):
        (files / "notes.csv").write_text("a,b\n1,2\n")
        report = load(shop, export(files / "june.csv", line("01", "11", "10.00")), files)
        log = json.loads((shop.lake() / "loads" / f"{report.load_id}.json").read_text())["log"]
        assert [one["file"] for one in log["files"]] == ["june.csv"]
        assert log["files"][0]["rows_read"] == log["files"][0]["rows_used"] == 1
        assert [one["file"] for one in log["refused_files"]] == ["notes.csv"]

    def test_a_total_under_the_rows_that_is_off_stops_the_file(self, shop, files):
        rows = [line("01", "11", "10.00"), {"主订单编号": "总计", "订单应付金额": "30.00"}]
        (refused,) = load(shop, export(files / "june.csv", *rows)).refused_files
        assert refused.reason == "total_off"
        assert "'订单应付金额' adds up to 30.00 in the file and to 10.00" in refused.message

    def test_an_order_that_its_table_would_refuse_is_refused_whole(self, shop, files):
        rows = [line("01", "11", "-5.00"), line("01", "12", "20.00"), line("02", "21", "7.00")]
        (account,) = load(shop, export(files / "june.csv", *rows)).files
        assert account.rows_refused == 2
        assert "order_lines.paid_amount_negative" in account.refused
        assert [row[1] for row in paid(shop)] == [Decimal("7.00")]
        assert shop.ask("SELECT count(*) FROM order_lines") == [(1,)]

    def test_people_are_known_within_the_same_load(self, shop, files):
        load(
            shop, export(files / "june.csv", line("01", "11", "10.00", 收件人手机号="13800000001"))
        )
        assert shop.ask("SELECT count(*) FROM customers") == [(1,)]


class TestExplain:
    def test_says_how_files_would_be_read_and_keeps_nothing(self, shop, files):
        export(files / "june.csv", line("01", "11", "10.00", 收件人手机号="13800000001"))
        (files / "notes.csv").write_text("a,b\n1,2\n")
        good, bad = explain([files], shop.settings, shop.settings.brand())
        assert (good.refused, bad.refused) == (False, True)
        assert "june.csv: douyin.orders (Douyin shop: order export)" in good.said()
        assert "june.csv: douyin.orders (抖店订单导出)" in good.said("zh-CN")
        assert "rows: 1 read, 1 used" in good.said()
        assert "notes.csv: refused (unknown)" in bad.said()
        assert not shop.settings.data.exists()


def test_rows_say_the_system_that_they_came_from(shop, files):
    load(shop, export(files / "june.csv", line("01", "11", "10.00")))
    assert shop.ask("SELECT source FROM orders") == [("douyin",)]


def test_a_card_number_that_is_a_phone_is_keyed_before_it_is_stored():
    import pyarrow as pa  # noqa: PLC0415 - only here

    from insights.intake.translating.rows import prepared  # noqa: PLC0415 - the same
    from insights.sources.declared import read  # noqa: PLC0415 - the same
    from tests.sources.test_declared import GOOD  # noqa: PLC0415 - the same

    adapter = read("a", GOOD.replace('text = ["品名"]', 'card = ["品名"]'))
    given = pa.RecordBatch.from_pydict({"品名": ["13800000001", "VIP7"], "_row": [2, 3]})
    (found,) = prepared(
        iter([given]), adapter, lambda a: pa.array(["f" * 64, None], pa.string()), lambda n: None
    )
    assert found.column(0).to_pylist() == ["f" * 64, "VIP7"]


def test_a_first_load_that_makes_a_key_says_to_back_it_up_and_no_more(shop, files, monkeypatch):
    monkeypatch.delenv("INSIGHTS_ID_KEY", raising=False)
    brand = shop.settings.brand()
    notices = []
    for number in ("01", "02"):
        path = export(files / f"{number}.csv", line(number, f"{number}1", "10.00"))
        report = ingest(shop.settings, brand, FilesSource([path], shop.settings, brand))
        notices.append(report.notices)
    (said,), second = notices
    assert "Back it up" in said
    assert "before this key was made" not in said
    assert second == ()
    folder = shop.settings.data / brand.name
    (folder / "id.key").unlink()
    (folder / "id.key-id").unlink()  # As where all but the files as received was lost.
    path = export(files / "03.csv", line("03", "31", "10.00"))
    report = ingest(shop.settings, brand, FilesSource([path], shop.settings, brand))
    assert any("before this key was made" in one for one in report.notices)
