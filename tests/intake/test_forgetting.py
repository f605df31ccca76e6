"""Somebody who was forgotten is nowhere on the disk, and stays away."""

import csv
import io
import json
import os
import signal
import stat
import subprocess
import sys
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import datetime

import openpyxl
import pyarrow.parquet as pq
import pytest

from insights import schema
from insights.errors import DataError, IntakeError, LakeError
from insights.intake import forgetting, tombstones, vault
from insights.intake.erasing import Person
from insights.intake.forgetting import forget, forgotten_filter
from insights.intake.keys import IdKey
from insights.intake.staging import Staging
from insights.intake.vault import Vault
from insights.store import recovery
from insights.store.engine import connect
from insights.store.loads import Rows, read_load, rows_of_load
from tests.intake.identity.conftest import KEY, People, claim
from tests.store.shop import Shop, batch, order, touch

PHONE = "13800000001"
PHONE_ID = KEY.phone_id(PHONE)
MARKS = (PHONE, PHONE_ID, "wmPLANTED", "M-PLANTED", "王小明", "E20260601777")
DAY = "2026-06-01 10:00:00"
HEAD = "订单号,姓名,手机号,备注\r\n"
HERS = 'E20260601777,王小明,+86 138-0000-0001,"给\r\n王小明"\r\n'
OTHERS = "E20260601888,李四,13900000002,好\r\n"


def keyed(links):
    return [
        {
            k: PHONE_ID if k.endswith("_value") and str(v).endswith("7") and len(v) == 64 else v
            for k, v in link.items()
        }
        for link in links
    ]


def export():
    """What one load brings: she is in every table that has people, and so is somebody else."""
    links = keyed(
        [
            *claim("member:M-PLANTED", "phone:7"),
            *claim("external:wmPLANTED", "phone:7", snapshot="2026-06-01"),
            *claim("member:other"),
        ]
    )
    hers, his = "external:shop:wmPLANTED", "member:shop:other"

    def of(rows):
        return [
            row | {"customer_id": None, "customer_ref": ref}
            for row, ref in zip(rows, (hers, his), strict=True)
        ]

    contact = {"staff_id": "G", "corp": "c", "added_at": DAY}
    return (
        batch(
            "orders",
            order(
                "youzan:s:E20260601777",
                DAY,
                "10.00",
                customer=None,
                buyer_ref=f"phone:global:{PHONE_ID}",
            ),
            order("youzan:s:E20260601888", DAY, "20.00", customer=None, buyer_ref=his),
        ),
        batch("identity_links", *links),
        batch(
            "contacts",
            *of([contact | {"contact_id": "wecom:wmPLANTED:G"}, contact | {"contact_id": "b"}]),
        ),
        batch(
            "touches",
            *of([touch("t:wmPLANTED", DAY, "sent", None, "K"), touch("2", DAY, "sent", None, "K")]),
        ),
        batch(
            "costs",
            *of(
                [
                    {"cost_id": n, "on_date": "2026-06-01", "kind": "gift", "amount": "5.00"}
                    for n in "12"
                ]
            ),
        ),
    )


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("INSIGHTS_ID_KEY", KEY.secret.hex())
    monkeypatch.delenv(vault.KEY_VARIABLE, raising=False)


@pytest.fixture
def planted(tmp_path):
    """Two loads, so that there is history; a refused row; the files as received."""
    shop = Shop(tmp_path)
    shop.load(*export())
    bad = {"contact_id": "wecom:wmPLANTED:H", "customer_ref": "external:shop:wmPLANTED"}
    shop.load(
        batch("contacts", bad, {"contact_id": "other"}), batch("orders", order("X", DAY, "3.00"))
    )
    people = People(shop.settings, shop.settings.brand())
    people.resolve()
    (tmp_path / "received.csv").write_bytes((HEAD + HERS + OTHERS).encode("gb18030"))
    kept = Vault.of(people.settings, people.brand)
    kept.keep(tmp_path / "received.csv")
    return people


def hers(people):
    return people.rows("identities", "customer_id, id_value")


def customer(people):
    return next(who for who, value in hers(people) if value == "wmPLANTED")


def found(people):
    """Return what of hers is anywhere under the brand's folder, compressed or not."""
    held = {}
    for path in people.folder.parent.rglob("*"):
        if not path.is_file():
            continue
        data = path.read_bytes()
        texts = [data.decode("utf-8", "replace"), data.decode("gb18030", "replace")]
        if path.suffix == ".parquet":
            table = pq.read_table(path, partitioning=None)
            texts += [str(table.to_pylist()), str(pq.read_metadata(path).to_dict())]
        marks = [mark for mark in MARKS if any(mark in text for text in texts)]
        if path.suffix == ".parquet" or "loads" in path.parts or "_delta_log" in path.parts:
            marks = [mark for mark in marks if mark != "E20260601777"]  # Her order stays.
        if marks:
            held[str(path.relative_to(people.folder.parent))] = marks
    return held


class TestForget:
    def test_nothing_of_her_is_left_in_any_byte(self, planted):
        assert {mark for marks in found(planted).values() for mark in marks} >= set(MARKS[1:])
        gone = forget(planted.settings, planted.brand, customer(planted))
        assert found(planted) == {}
        assert gone.rows == {
            "customers": 1,
            "identities": 3,
            "identity_links": 4,
            "contacts": 1,
            "touches": 1,
            "orders": 1,
            "costs": 1,
        }
        assert (gone.quarantined, len(gone.rewritten), gone.removed) == (1, 1, ())
        assert "1 of orders" in gone.said()
        assert not any(mark in gone.said() for mark in MARKS)

    def test_others_are_as_they_were_and_the_money_stays(self, planted):
        forget(planted.settings, planted.brand, customer(planted))
        assert planted.rows("orders", "order_id, buyer_ref, paid_amount::INT") == [
            ("X", None, 3),
            ("youzan:s:E20260601777", None, 10),
            ("youzan:s:E20260601888", "member:shop:other", 20),
        ]
        assert planted.rows("contacts", "contact_id") == [("b",)]
        assert planted.rows("costs", "cost_id, customer_ref") == [
            ("1", None),
            ("2", "member:shop:other"),
        ]
        assert len(planted.of("member:other")) == 1
        kept = Vault.of(planted.settings, planted.brand)
        (entry,) = kept.entries()
        with kept.open(entry.sha256) as stream:
            assert stream.read().decode("gb18030") == HEAD + OTHERS

    def test_the_lake_goes_on(self, planted):
        forget(planted.settings, planted.brand, customer(planted))
        shop = Shop(planted.settings.root)
        shop.load(batch("orders", order("Y", "2026-06-02 10:00:00", "4.00")))
        assert shop.ask("SELECT count(*) FROM orders") == [(4,)]
        planted.load(*claim("member:other", "external:new"))
        assert len(set(planted.of("member:other", "external:new"))) == 1

    def test_what_was_offered_in_earlier_loads_is_still_told(self, planted):
        def told():
            lake = Shop(planted.settings.root).open()
            return [frame.to_dict("records") for frame in (lake.files(), lake.accounts())] + [
                lake.refusals().to_dict("records")
            ]

        before = told()
        assert len(before[0]) > 1
        forget(planted.settings, planted.brand, customer(planted))
        assert told() == before

    def test_a_word_of_a_load_log_that_is_hers_goes(self, planted):
        path = min((planted.folder / "loads").glob("*.json"))
        log = json.loads(path.read_text("utf-8"))
        hers = {
            "file": "王小明.csv",
            "sha256": "s",
            "adapter": "a",
            "unknown_headers": ["wmPLANTED", "新列"],
            "remarks": [{"kind": "scope", "en": "wmPLANTED"}, {"kind": "unproven", "en": "x"}],
        }
        log["log"]["files"] = [hers]
        path.write_text(json.dumps(log, ensure_ascii=False), "utf-8")
        forget(planted.settings, planted.brand, customer(planted))
        assert found(planted) == {}
        (kept,) = json.loads(path.read_text("utf-8"))["log"]["files"]
        assert kept["unknown_headers"] == ["新列"]
        assert [remark["kind"] for remark in kept["remarks"]] == ["unproven"]

    def test_an_earlier_load_is_not_opened_and_says_why(self, planted):
        shop = Shop(planted.settings.root)
        earlier = shop.current().load_id
        forget(planted.settings, planted.brand, customer(planted))
        with pytest.raises(LakeError, match="somebody was forgotten since"):
            shop.open(load_id=earlier)
        assert read_load(planted.folder, earlier) is None
        assert rows_of_load(planted.folder, shop.current().load_id) == Rows()

    def test_by_a_retired_id_too(self, planted):
        planted.load(*claim("member:M-PLANTED", "tmall:old", at="2025-01-01"))
        known = customer(planted)
        assert known not in planted.aliases()
        forget(planted.settings, planted.brand, next(iter(planted.aliases()), known))
        assert found(planted) == {}

    def test_nobody_is_told_and_twice_is_once(self, planted):
        with pytest.raises(DataError, match="no customer 'nobody'"):
            forget(planted.settings, planted.brand, "nobody")
        who = customer(planted)
        forget(planted.settings, planted.brand, who)
        again = forget(planted.settings, planted.brand, who)
        assert (again.was_known, again.rows) == (False, {})
        assert "before" in again.said()

    def test_who_is_known_by_an_order_alone_is_meant_by_that_id(self, planted):
        ref = "buyer_id:shop:wmONLYHERE"
        shop = Shop(planted.folder.parents[2])
        shop.load(batch("orders", order("Z", DAY, "3.00", None, buyer_ref=ref)))
        with pytest.raises(DataError, match="type:namespace:value"):
            forget(planted.settings, planted.brand, "buyer_id:shop:nobody")
        done = forget(planted.settings, planted.brand, ref)
        assert done.rows == {"orders": 1}
        assert ("Z", None) in planted.rows("orders", "order_id, buyer_ref")
        assert not forget(planted.settings, planted.brand, ref).was_known
        shop.load(batch("orders", order("Z", DAY, "3.00", None, buyer_ref=ref)), force=True)
        assert ("Z", None) in planted.rows("orders", "order_id, buyer_ref")


class TestTombstones:
    def test_say_nothing_and_are_private(self, planted):
        who = customer(planted)
        forget(planted.settings, planted.brand, who)
        path = planted.folder.parent / tombstones.FILE
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        assert len(lines) == 4
        assert who not in path.read_text()

    def test_the_engine_makes_the_same_digest(self, planted):
        forget(planted.settings, planted.brand, customer(planted))
        kept_away = forgotten_filter(planted.settings, planted.brand, KEY)
        assert f"phone:global:{PHONE_ID}" in kept_away
        assert "member:shop:other" not in kept_away
        another = tombstones.ForgottenFilter(IdKey(b"x" * 32), kept_away.digests)
        assert f"phone:global:{PHONE_ID}" not in another

    def test_nobody_forgotten_costs_nothing(self, planted):
        assert forgotten_filter(planted.settings, planted.brand, KEY) is None

    def test_a_reload_of_the_same_export_does_not_bring_her_back(self, planted, tmp_path):
        forget(planted.settings, planted.brand, customer(planted))
        kept_away = forgotten_filter(planted.settings, planted.brand, KEY)
        now = datetime(2026, 6, 30, 12)
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        staged = {}
        with closing(connect(planted.settings, planted.brand)) as connection:
            staging = Staging(
                connection, scratch, source="tills", loaded_at=now, forgotten=kept_away
            )
            for given in export():
                staging.take(given)
            staging.take(batch("contacts", {"customer_ref": "external:shop:wmPLANTED"}, file="2"))
            for name in staging.tables:
                staged[name] = staging.settle(name)
                for relation in (staged[name].relation, staged[name].refusals):
                    said = str(
                        connection.sql(f"SELECT * FROM {relation}").to_arrow_table().to_pylist()
                    )
                    assert not any(mark in said for mark in MARKS if mark != "E20260601777")
        assert (staged["orders"].fit, staged["orders"].refused) == (2, 0)
        assert staged["contacts"].reasons == {"forgotten": 2}
        assert staged["identity_links"].reasons == {"forgotten": 4}
        assert (staged["touches"].fit, staged["costs"].fit) == (1, 2)

    def test_every_table_that_names_a_person_is_covered(self):
        for name in schema.names():
            table = schema.get(name)
            names = {c.name for c in table.columns if c.personal} | {
                c.name for c in table.columns if c.name == "customer_id"
            }
            assert not names or name in tombstones.PEOPLE, f"{name} has {names}"
            said = " ".join(tombstones.PEOPLE.get(name, ()))
            assert all(column in said for column in names if column not in {"member_no"})


class TestFilesAsReceived:
    @pytest.fixture
    def keep(self, planted, tmp_path):
        kept = Vault.of(planted.settings, planted.brand)
        for entry in kept.entries():
            kept.path(entry).unlink()
            (kept.folder / f"{entry.sha256}.entry").unlink()

        def keep(name, content):
            (tmp_path / name).write_bytes(content)
            return Vault.of(planted.settings, planted.brand).keep(tmp_path / name)

        return keep

    @pytest.fixture
    def after(self, planted):
        def after(sha256):
            gone = forget(planted.settings, planted.brand, customer(planted))
            kept = Vault.of(planted.settings, planted.brand)
            if sha256 in gone.removed:
                return "removed"
            with kept.open(sha256) as stream:
                return stream.read()

        return after

    @pytest.mark.parametrize(
        "codec",
        [
            "gb18030",
            "utf-16",
            *(pytest.param(c, marks=pytest.mark.slow) for c in ("utf-8", "utf-8-sig")),
        ],
    )
    def test_text_in_any_encoding(self, keep, after, codec):
        sha256 = keep("a.csv", (HEAD + HERS + OTHERS).encode(codec))
        assert after(sha256) == (HEAD + OTHERS).encode(codec)

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("before", ["", "made: 1 May, 9 h\r\n"], ids=["plain", "preamble"])
    def test_a_line_break_in_a_cell_whatever_the_delimiter(self, keep, after, delimiter, before):
        hers = '"97 号\r\n3 楼",王小明,E20260601777,好\r\n'
        torn = "97 号\r\n3 楼,王小明,E20260601777,好\r\n"  # Nobody quoted the line break.
        head = "地址,姓名,订单号,备注\r\n"
        his = "98 号,李四,E20260601888,好\r\n"

        def said(*parts):
            return before.encode() + "".join(parts).replace(",", delimiter).encode()

        sha256 = keep("a.csv", said(head, his, hers, his, torn, his))
        assert after(sha256) == said(head, his, his, his)

    def test_json_records(self, keep, after):
        records = {
            "total": 2,
            "list": [{"a": {"tel": "13800000001"}}, {"a": {"tel": "13900000002"}}],
        }
        rest = json.loads(after(keep("a.json", json.dumps(records).encode())))
        assert rest == {"total": 2, "list": [{"a": {"tel": "13900000002"}}]}

    def test_json_lines(self, keep, after):
        lines = b'{"id": "wmPLANTED"}\n{"id": "wmOTHER"}\n'
        assert after(keep("a.jsonl", lines)) == b'{"id": "wmOTHER"}\n'

    def test_a_file_without_her_is_not_touched(self, keep, after):
        content = (HEAD + OTHERS + "E1,周,18877771111-123,\n").encode("gb18030")
        assert after(keep("a.csv", content)) == content

    def test_an_encrypted_file(self, keep, after, monkeypatch):
        monkeypatch.setenv(vault.KEY_VARIABLE, "raw" * 12)
        assert after(keep("a.csv", (HEAD + HERS + OTHERS).encode())) == (HEAD + OTHERS).encode()

    def test_encrypted_files_without_their_key_stop_it_before_anything(
        self, keep, planted, monkeypatch
    ):
        monkeypatch.setenv(vault.KEY_VARIABLE, "raw" * 12)
        keep("a.csv", (HEAD + HERS).encode())
        monkeypatch.delenv(vault.KEY_VARIABLE)
        who = customer(planted)
        with pytest.raises(IntakeError, match="Nothing was changed"):
            forget(planted.settings, planted.brand, who)
        assert customer(planted) == who
        assert not forgetting.is_pending(planted.settings, planted.brand)

    @staticmethod
    def book(*values):
        book = openpyxl.Workbook()
        for value in values:
            book.active.append([value])
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    @staticmethod
    def packed(name, content):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
        return out.getvalue()

    def test_a_workbook_or_an_archive_with_her_is_removed(self, keep, after, planted):
        keep("a.xlsx", self.book(13800000001))
        keep("b.zip", self.packed("x.csv", HEAD + HERS))
        keep("c.zip", self.packed("y.xlsx", self.book("wmPLANTED")))
        keep("d.zip", b"no archive at all")
        sha256 = keep("e.xlsx", self.book(13900000002))
        assert after(sha256) == self.book(13900000002) or after
        kept = Vault.of(planted.settings, planted.brand)
        assert [entry.removed for entry in kept.entries()] == [True] * 4 + [False]
        assert found(planted) == {}

    def test_a_short_id_is_no_mark(self):
        person = Person({"7", "12345"}, (), KEY)
        assert not person.is_in("7,8,9")
        assert person.is_in("a,12345,b")
        assert not person.is_in("a,123456,b")


class TestKilled:
    """A sample of the steps; the others are slow."""

    STEPS = (
        "redact_table",
        "erase_history",
        *(pytest.param(step, marks=pytest.mark.slow) for step in ("bury", "erase", "publish")),
    )

    @pytest.mark.parametrize("step", STEPS)
    def test_it_is_taken_up_again(self, planted, step):
        who = customer(planted)
        program = f"""
import os, signal
from insights.intake import forgetting
from insights.settings import Settings
from insights.store import writer
where = writer if {step!r} in ("redact_table", "erase_history") else forgetting
real = getattr(where, {step!r})
def killed(*given, **more):
    if {step!r} != "publish":
        real(*given, **more)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(where, {step!r}, killed)
settings = Settings.load({str(planted.settings.root)!r})
forgetting.forget(settings, settings.brand(), {who!r})
"""
        done = subprocess.run([sys.executable, "-c", program], check=False, env=os.environ)
        assert done.returncode == -signal.SIGKILL
        assert forgetting.is_pending(planted.settings, planted.brand)
        if not recovery.is_loading(planted.folder):
            assert planted.rows("orders")
        forget(planted.settings, planted.brand, who)
        assert not forgetting.is_pending(planted.settings, planted.brand)
        assert found(planted) == {}
        assert len(planted.rows("orders")) == 3


class TestBegunAndNotEnded:
    def begin(self, planted, monkeypatch):
        who = customer(planted)
        with monkeypatch.context() as broken:
            broken.setattr(forgetting.writer, "redact_table", lambda *given, **more: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                forget(planted.settings, planted.brand, who)
        assert forgetting.is_pending(planted.settings, planted.brand)

    def test_a_load_ends_it_first(self, planted, monkeypatch):
        self.begin(planted, monkeypatch)
        report = Shop(planted.settings.root).load(batch("orders", order("Y", DAY, "4.00")))
        assert any("was ended first" in notice for notice in report.notices)
        assert not forgetting.is_pending(planted.settings, planted.brand)
        assert found(planted) == {}
        assert len(planted.rows("orders")) == 4

    def test_a_load_that_cannot_end_it_is_refused_in_words(self, planted, monkeypatch):
        self.begin(planted, monkeypatch)
        kept = list(Vault.of(planted.settings, planted.brand).entries())
        monkeypatch.setattr(
            Vault, "entries", lambda vault: [replace(e, encrypted=True) for e in kept]
        )
        before = planted.current
        with pytest.raises(
            IntakeError, match=r"has to be ended before anything else.*Set.*RAW_KEY"
        ):
            Shop(planted.settings.root).load(batch("orders", order("Y", DAY, "4.00")))
        assert planted.current == before


def test_the_rows_of_a_planted_file_are_what_a_reader_sees():
    assert len(list(csv.reader(io.StringIO(HEAD + HERS + OTHERS)))) == 3
