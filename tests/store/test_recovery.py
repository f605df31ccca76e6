"""What is put away after a load that died, and what never is. Real deaths: tests/intake."""

import json
from pathlib import Path

import pytest

from insights.errors import IntakeError, LakeError
from insights.store import recovery
from insights.store.loads import FILE_NAME
from tests.store.shop import batch, order

JANUARY = order("A", "2024-01-05 10:00:00", "10.00")
FEBRUARY = order("B", "2024-02-05 10:00:00", "20.00")
IDS = "SELECT order_id FROM orders ORDER BY 1"


def files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


class TestWithoutASignOfADeadLoad:
    def test_a_lost_current_json_costs_nothing_and_is_said(self, shop):
        shop.load(batch("orders", JANUARY))
        kept = (shop.lake() / FILE_NAME).read_text()
        (shop.lake() / FILE_NAME).unlink()
        before = files(shop.lake())
        with pytest.raises(LakeError, match=r"has tables but no current\.json"):
            shop.load(batch("orders", FEBRUARY))
        assert files(shop.lake()) == before
        (shop.lake() / FILE_NAME).write_text(kept)
        shop.load(batch("orders", FEBRUARY))
        assert shop.ask(IDS) == [("A",), ("B",)]

    def test_what_others_keep_in_the_folders_stays(self, shop):
        shop.load(batch("orders", JANUARY))
        (shop.lake() / "notes.txt").write_text("mine")
        (shop.lake() / "mine").mkdir()
        shop.quarantine().mkdir(exist_ok=True)
        (shop.quarantine() / "zz-notes.txt").write_text("mine")
        shop.load(batch("orders", FEBRUARY))
        assert (shop.lake() / "notes.txt").is_file()
        assert (shop.lake() / "mine").is_dir()
        assert (shop.quarantine() / "zz-notes.txt").is_file()


class TestAfterADeadLoad:
    @pytest.fixture
    def died(self, shop, monkeypatch):
        """A lake with one load, and all that a second one wrote before its last rename."""
        shop.load(batch("orders", JANUARY))
        with monkeypatch.context() as context:
            context.setattr("insights.intake.loading.publish", self._dies)
            context.setattr("insights.intake.loading._undo", lambda *_: None)
            with pytest.raises(InterruptedError):
                shop.load(
                    batch("orders", FEBRUARY, {"order_id": "X"}),
                    batch("products", {"product_id": "P", "name": "Cap"}),
                )
        return shop

    @staticmethod
    def _dies(*_):
        raise InterruptedError

    def test_it_left_what_a_load_leaves(self, died):
        assert (died.lake() / recovery.MARKER).exists()
        assert (died.lake() / "products").is_dir()
        assert len(list((died.lake() / "loads").iterdir())) == 2
        assert died.ask(IDS) == [("A",)]

    def test_nothing_of_it_remains(self, died):
        (died.lake() / ".current.json.1.draft").write_text("{")
        (died.lake() / "loads" / ".x.json.1.draft").write_text("{")
        log = died.lake() / "orders" / "_delta_log"
        (log / "00000000000000000002.json#1").write_text("")
        (log / "_commit_0.json.tmp").write_text("")
        (log / "00000000000000000001.checkpoint.parquet").write_text("")
        (log / "_last_checkpoint").write_text('{"version": 1, "size": 1}')
        (died.lake() / "orders" / "_month=2024-09").mkdir()
        (died.lake() / "orders" / "_month=2024-09" / "part-0.parquet#1").write_text("")
        current = died.current()
        recovery.recover(died.lake(), died.quarantine())
        recovery.recover(died.lake(), died.quarantine())
        kept = {f"orders/{file}" for file in current.tables["orders"].files}
        commit = "orders/_delta_log/00000000000000000000.json"
        log_of_loads = f"loads/{current.load_id}.json"
        assert files(died.lake()) == {".lock", FILE_NAME, commit, log_of_loads, *kept}
        assert not list(died.quarantine().iterdir())
        assert not (died.lake() / "products").exists()

    def test_the_next_load_ends_as_if_nothing_had_happened(self, died):
        died.load(batch("orders", FEBRUARY))
        assert died.ask(IDS) == [("A",), ("B",)]
        assert died.current().tables["orders"].version == 1
        assert died.current().rows.read == 2

    def test_an_earlier_load_can_still_be_read(self, shop, monkeypatch):
        shop.load(batch("orders", JANUARY))
        first = shop.current().load_id
        shop.load(batch("orders", order("A", "2024-01-05 10:00:00", "11.00")))
        with monkeypatch.context() as context:
            context.setattr("insights.intake.loading.publish", self._dies)
            with pytest.raises(InterruptedError):
                shop.load(batch("orders", FEBRUARY))
        assert shop.ask("SELECT CAST(paid_amount AS INT) FROM orders", load_id=first) == [(10,)]

    def test_a_load_log_that_cannot_be_read_keeps_every_file(self, died):
        (died.lake() / "loads" / "20000101T000000000000Z.json").write_text("{}")
        before = files(died.lake() / "orders")
        with pytest.raises(LakeError, match="cannot be read"):
            recovery.recover(died.lake(), died.quarantine())
        assert {f for f in before if f.endswith(".parquet")} <= files(died.lake() / "orders")

    def test_with_the_current_json_gone_too_nothing_is_removed(self, died):
        (died.lake() / FILE_NAME).unlink()
        before = files(died.lake())
        with pytest.raises(LakeError, match="Nothing was changed"):
            recovery.recover(died.lake(), died.quarantine())
        assert files(died.lake()) == before

    def test_a_load_that_died_after_its_last_rename_is_whole(self, shop):
        shop.load(batch("orders", JANUARY, {"order_id": "X"}))
        load_id = shop.current().load_id
        marker = json.dumps({"load_id": load_id, "after": None})
        (shop.lake() / recovery.MARKER).write_text(marker)
        recovery.recover(shop.lake(), shop.quarantine())
        assert (shop.quarantine() / load_id / "orders.parquet").is_file()
        assert (shop.lake() / "loads" / f"{load_id}.json").is_file()
        assert shop.ask(IDS) == [("A",)]


class TestAFailedLoad:
    def test_is_undone_at_once(self, shop):
        shop.load(batch("orders", JANUARY))
        before = files(shop.lake())
        broken = batch("products", {"product_id": 1.5, "name": "Cap"})
        with pytest.raises(IntakeError, match="an id is text"):
            shop.load(batch("orders", FEBRUARY), broken)
        assert files(shop.lake()) == before

    def test_says_so_where_even_that_fails(self, shop, monkeypatch):
        def fails(*_):
            raise OSError("disk gone")

        monkeypatch.setattr(recovery, "_sweep", fails)
        shop.load(batch("orders", JANUARY))
        with pytest.raises(IntakeError) as failed:
            shop.load(batch("products", {"product_id": 1.5, "name": "Cap"}))
        assert failed.value.__notes__ == ["What it had written was not put away yet: disk gone"]

    def test_a_first_load_that_fails_leaves_an_empty_lake(self, shop):
        with pytest.raises(IntakeError):
            shop.load(batch("orders", JANUARY), batch("products", {"product_id": 1.5}))
        assert files(shop.lake()) == {".lock"}
        shop.load(batch("orders", JANUARY))
        assert shop.ask(IDS) == [("A",)]
