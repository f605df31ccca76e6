"""The commands that bring data in and answer for them, on files as a shop's console writes them."""

import csv
import io
import json
from datetime import datetime, timedelta

import pandas as pd
import pytest

import insights as ins
from insights import cli
from insights.sources import adapters
from tests.samples.douyin import orders as douyin
from tests.samples.youzan import orders as youzan

PHONE = "13800000001"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A workspace that has nothing but a declared brand, and the current folder in it."""
    (tmp_path / "insights.toml").write_text('lang = "en"\n[brands.my_brand]\ntitle = "Mine"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def call(here, capsys):
    """Run a command; return its exit code, stdout and stderr."""

    def call(*arguments):
        try:
            cli.main([str(argument) for argument in arguments])
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def export(here):
    path = here / douyin.SAMPLE.file
    path.write_bytes(douyin.SAMPLE.content())
    return path


def asked(call, *arguments):
    code, out, err = call(*arguments, "--json")
    return code, json.loads(out) if out.strip() else err


class TestIngest:
    def test_a_file_is_recognised_loaded_and_accounted_for(self, call, export):
        code, out, _err = call("ingest", export)
        assert code == 0
        assert "douyin.orders" in out
        assert "orders" in out
        assert call("ingest", export)[1].startswith(f"{export.name}: in the lake already")

    def test_a_lake_that_is_lost_is_restored_from_what_was_received(self, call, here, export):
        call("ingest", export)
        code, _out, err = call("restore")
        assert (code, "mv data/my_brand/lake" in err) == (1, True)
        home = here / "data" / "my_brand"
        (home / "lake").rename(here / "lost")
        code, out, _err = call("restore")
        assert (code, "1 files" in out) == (0, True)
        (home / "lake").rename(here / "lost again")
        (home / "id.key").unlink()
        code, _out, err = call("restore")
        assert (code, "every customer is another id" in " ".join(err.split())) == (2, True)

    def test_what_holds_of_several_files_is_said_once(self, call, here, export):
        folder = here / "exports"
        folder.mkdir()
        for name in ("a", "b", "c"):
            end = b"" if name == "c" else f"\n{name}\n".encode()
            (folder / f"{name}.csv").write_bytes(export.read_bytes() + end)
        (folder / "d.csv").write_bytes(export.read_bytes())
        out = call("ingest", folder)[1]
        assert out.count("the export has no refund amounts") == 1
        assert "d.csv: the same content as c.csv, which is loaded" in out

    def test_good_files_of_a_folder_are_loaded_and_the_bad_ones_named(self, call, here, export):
        folder = here / "exports"
        folder.mkdir()
        export.rename(folder / export.name)
        (folder / "empty.csv").write_bytes(b"")
        (folder / "holiday.csv").write_text("day,name\n2026-01-01,New Year\n")
        code, found = asked(call, "ingest", folder)
        assert code == 1
        assert [file["file"] for file in found["files"]] == [export.name]
        assert {(f["file"], f["reason"]) for f in found["refused_files"]} == {
            ("empty.csv", "empty"),
            ("holiday.csv", "unknown"),
        }
        assert not found["skipped"]

    def test_what_to_mind_is_said_in_the_language_of_the_brand(self, call, here, export):
        (here / "insights.toml").write_text('[brands.my_brand]\nlang = "zh-CN"\n')
        (here / "empty.xlsx").write_bytes(b"")
        code, out, err = call("ingest", export, "empty.xlsx")
        assert code == 1
        assert "文件未写明 shop，按 'main' 处理" in out
        assert "empty.xlsx：未导入，空文件。" in err
        said = call("sources", "explain", export)[1]
        assert "文件未写明 shop" in said
        assert "读取的列: 主订单编号" in said

    def test_why_a_file_was_left_out_is_said_in_the_language_of_the_brand(self, call, here):
        (here / "insights.toml").write_text('[brands.my_brand]\nlang = "zh-CN"\n')
        words = douyin.SAMPLE.spoiled("订单状态", "已升仓")
        digits = douyin.SAMPLE.spoiled("主订单编号", "6.9E+18")
        (here / "words.csv").write_bytes(words.content())
        (here / "digits.csv").write_bytes(digits.content())
        (here / "holiday.csv").write_text("day,name\n2026-01-01,New Year\n")
        code, _out, err = call("ingest", "words.csv", "digits.csv", "holiday.csv")
        assert code == 1
        assert "words.csv：“订单状态”中有 douyin.orders 不认得的词：'已升仓'（1 行）" in err
        assert "digits.csv：'主订单编号' 有 1 行单号末几位丢失" in err
        assert "'holiday.csv' 与任何已知导出都不符" in err
        assert "left out" not in err

    def test_a_file_that_is_not_there_is_2(self, call):
        code, _out, err = call("ingest", "gone.csv")
        assert code == 2
        assert "no file or folder 'gone.csv'" in err

    def test_what_the_file_leaves_out_can_be_said(self, call, export):
        call("ingest", export, "--set", "shop=flagship")
        code, found = asked(call, "tables")
        assert code == 0
        assert found["tables"]["orders"]["rows"] > 0

    def test_a_name_that_no_file_takes_is_refused(self, call, export):
        code, _out, err = call("ingest", export, "--set", "shp=flagship")
        assert code != 0
        assert "Did you mean 'shop'?" in err


class TestSources:
    def test_they_are_listed_with_what_they_need(self, call):
        code, found = asked(call, "sources")
        assert code == 0
        needs = {source["name"]: source["needs"] for source in found}
        assert "主订单编号" in needs["douyin.orders"]
        assert "douyin.orders" in call("sources")[1]

    def test_one_is_shown_with_its_status_quirks_and_what_is_not_proven(self, call):
        code, out, _err = call("sources", "show", "jd")
        assert code == 0
        assert "jd.orders" in out
        assert "jd.settlement" in out
        assert "unproven in part" in out
        for what in ("from:", "needs:", "reads:", "never reads:", "handles:", "not proven:"):
            assert what in out
        code, _out, err = call("sources", "show", "jdd")
        assert code == 2
        assert "Did you mean 'jd'?" in err

    @pytest.mark.parametrize("lang", ["en", "zh-CN"])
    def test_sources_are_called_what_they_are_in_the_language_of_the_workspace(
        self, call, here, export, lang
    ):
        (here / "insights.toml").write_text(f'lang = "{lang}"\n[brands.my_brand]\n')
        names = ("Douyin shop: order export", "抖店订单导出")
        said = [call("sources")[1], call("sources", "show", "douyin")[1]]
        said.append(call("sources", "explain", export)[1])
        for text in said:
            shown, hidden = names if lang == "en" else reversed(names)
            assert shown in text
            assert hidden not in text
        source = next(one for one in adapters() if one.name == "douyin.orders").source
        shown, hidden = source.unproven_en, source.unproven
        if lang != "en":
            shown, hidden = hidden, shown
        assert all(one in said[1] for one in shown)
        assert not any(one in said[1] for one in hidden)

    def test_why_a_file_would_be_left_out_is_said_in_that_language_too(self, call, here):
        (here / "insights.toml").write_text('[brands.my_brand]\nlang = "zh-CN"\n')
        (here / "empty.csv").write_bytes(b"")
        code, out, _err = call("sources", "explain", here / "empty.csv")
        assert code == 1
        assert "空文件。选择有数据的时段重新导出。" in out

    def test_a_file_is_explained_and_nothing_is_kept(self, call, here, export):
        code, out, _err = call("sources", "explain", export)
        assert code == 0
        assert "douyin.orders" in out
        assert not (here / "data").exists()

    def test_columns_that_are_known_and_not_wanted_are_told_from_unknown_ones(self, call, export):
        said = call("sources", "explain", export)[1]
        assert "known and not read: 商品规格, 收件人, 详细地址, 买家留言" in said
        assert "unknown and not read: 国补品类" in said
        _code, (one,) = asked(call, "sources", "explain", export)
        assert one["unread"] == ["商品规格", "收件人", "详细地址", "买家留言"]

    def test_a_file_with_a_renamed_column_is_told_apart_from_the_nearest(self, call, here, export):
        text = export.read_bytes().decode("gb18030").replace("子订单编号", "子单号码")
        export.write_bytes(text.encode("gb18030"))
        code, out, err = call("sources", "explain", export)
        assert code == 1
        said = out + err
        assert "douyin.orders" in said
        assert "子订单编号" in said
        assert "子单号码" in said


class TestQuarantine:
    def test_refused_rows_are_listed_shown_exported_and_tried_again(self, call, here, export):
        assert call("quarantine", "list")[1].strip() == "The quarantine is empty."
        call("ingest", export)
        _code, found = asked(call, "quarantine", "list")
        refused = {(one["table"], one["reason"]): one["rows"] for one in found}
        assert refused[("douyin.orders", "other_line_refused")] == 1
        said = call("quarantine", "list")[1]
        assert "Another line of the order was refused: Mend the refused line" in said
        _code, rows = asked(call, "quarantine", "show", "--reason", "other_line_refused")
        assert len(rows) == 1
        assert PHONE not in json.dumps(rows)
        call("quarantine", "export", here / "refused.csv")
        with (here / "refused.csv").open(encoding="utf-8-sig") as file:
            assert len(list(csv.reader(file))) > 1
        code, again = asked(call, "quarantine", "retry")
        assert code == 0
        assert [file["adapter"] for file in again["files"]] == ["douyin.orders"]
        # The same rows are refused again, and listed once.
        assert len(asked(call, "quarantine", "list")[1]) == len(found)

    @pytest.mark.parametrize("width", [80, 180])
    def test_file_and_row_are_shown_at_any_width(self, call, export, monkeypatch, width):
        call("ingest", export)
        _code, rows = asked(call, "quarantine", "show")
        monkeypatch.setattr("insights.cli.saying.out.width", width)
        _code, out, _err = call("quarantine", "show")
        for row in rows:
            assert f"{row['file']}, row {row['row_number']}" in out
            for reason in row["reasons"].split(", "):
                assert f"refused: {reason}. " in out

    def test_there_is_nothing_to_retry_in_an_empty_one(self, call):
        code, _out, err = call("quarantine", "retry")
        assert code == 2
        assert "nothing to retry" in err


class TestPeople:
    @pytest.fixture
    def customer(self, call, here):
        path = here / youzan.SAMPLE.file
        path.write_bytes(youzan.SAMPLE.content())
        call("ingest", path)
        return ins.mart("purchases")["customer_id"].iloc[0]

    def test_a_customer_is_explained_without_a_phone(self, call, customer):
        code, out, _err = call("identity", "why", customer)
        assert code == 0
        assert "oldest" in out
        assert PHONE not in out
        assert call("identity", "cases")[0] == 0

    def test_an_id_leads_to_the_customer(self, call, customer):
        _code, found = asked(call, "identity", "why", customer)
        ids = ins.sql("SELECT id_type, namespace, id_value, customer_id FROM identities")
        one = ids[ids["customer_id"] == customer].iloc[0]
        for parts in (["id_type", "namespace", "id_value"], ["id_type", "id_value"]):
            assert asked(call, "identity", "why", ":".join(one[parts])) == (0, found)

    def test_a_phone_is_asked_for_and_never_an_argument(self, call, customer, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO("+86 138-0000-0002\n"))
        code, out, _err = call("identity", "why", "--phone", "--json")
        assert code == 0
        assert PHONE not in out
        assert json.loads(out)
        code, out, err = call("forget", PHONE, "--yes")
        assert code == 2
        assert "--phone" in err
        assert PHONE not in out + err
        for text, why in (("13900000099", "No customer is known"), ("hello", "no mobile")):
            monkeypatch.setattr("sys.stdin", io.StringIO(f"{text}\n"))
            code, _out, err = call("forget", "--phone", "--yes")
            assert code == 2
            assert why in err
            assert text not in err
        assert call("identity", "why")[0] == 2

    def test_a_customer_is_forgotten(self, call, customer):
        code, found = asked(call, "forget", customer, "--yes")
        assert code == 0
        assert found
        assert call("identity", "why", customer)[0] == 2

    def test_nobody_is_forgotten_unasked(self, call, customer, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
        assert call("forget", customer)[0] != 0
        assert call("identity", "why", customer)[0] == 0


class TestLoad:
    def test_a_parquet_file_is_checked_then_loaded(self, call, here):
        day = datetime(2026, 5, 1)
        frame = pd.DataFrame(
            {
                "no": [str(n) for n in range(3)],
                "created_at": [day + timedelta(days=n) for n in range(3)],
                "paid_at": [day + timedelta(days=n) for n in range(3)],
                "state": ["完成"] * 3,
                "cents": [12900, 5900, 100],
            }
        )
        frame.to_parquet(here / "orders.parquet")
        how = ["--column", "no=order_id", "--column", "state=status", "--column"]
        how += ["cents=paid_amount", "--fixed", "channel=jd", "--fixed", "shop_id=main"]
        for flag in ("is_test", "is_gift", "is_presale"):
            how += ["--fixed", f"{flag}=false"]
        how += ["--fixed", "goods_amount=0", "--unit", "paid_amount=fen"]
        code, out, _err = call("load", "orders", "orders.parquet", *how, "--check")
        assert code == 1
        assert "unmapped words" in out
        how += ["--word", "status:完成=done"]
        assert call("load", "orders", "orders.parquet", *how, "--check")[0] == 0
        assert not (here / "data").exists()
        code, found = asked(call, "load", "orders", "orders.parquet", *how)
        assert (code, found["tables"][0]["kept"]) == (0, 3)
