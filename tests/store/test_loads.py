import subprocess
import sys
from datetime import UTC, datetime

import pytest

from insights.errors import LakeError
from insights.store.loads import (
    FILE_NAME,
    LOADS,
    Current,
    Rows,
    new_load_id,
    publish,
    read_current,
    read_load,
    rows_of_load,
)
from tests.store.shop import batch, order

ORDER = order("A", "2024-01-05 10:00:00", "10.00")


def visible(load_id: str) -> Current:
    return Current(load_id=load_id, loaded_at=datetime(2026, 1, 1, tzinfo=UTC))


class TestLoadIds:
    def test_an_id_is_the_moment(self):
        assert new_load_id(None).startswith(f"{datetime.now(UTC):%Y%m%dT%H}")

    def test_a_clock_that_went_backwards_still_gives_a_later_id(self):
        future = visible("20991231T235959999999Z")
        following = visible(new_load_id(future))
        assert following.load_id == "21000101T000000000000Z"
        assert new_load_id(following) == "21000101T000000000001Z"

    def test_a_strange_id_is_said_to_be_one(self):
        with pytest.raises(LakeError, match=r"'L1' in current\.json is no load of ours"):
            new_load_id(visible("L1"))


class TestReadCurrent:
    def test_there_is_none_before_the_first_load(self, tmp_path):
        assert read_current(tmp_path) is None

    def test_what_was_published_is_read_again(self, tmp_path):
        publish(tmp_path, visible("20260101T000000000000Z"))
        assert read_current(tmp_path) == visible("20260101T000000000000Z")

    @pytest.mark.parametrize("text", ["", "{", '{"load_id": 1}', '{"of": "another version"}'])
    def test_a_file_that_is_none_of_ours_is_said_to_be_unreadable(self, tmp_path, text):
        folder = tmp_path / "shop" / "lake"
        folder.mkdir(parents=True)
        (folder / FILE_NAME).write_text(text)
        with pytest.raises(LakeError, match=r"current\.json of the lake 'shop' cannot be read"):
            read_current(folder)


class TestRows:
    def test_those_of_a_load_are_told_from_those_of_all_loads(self, shop):
        shop.load(batch("orders", ORDER))
        # One row comes again, one is new, and one has no time to be in.
        shop.load(
            batch(
                "orders",
                ORDER,
                order("B", "2024-01-06 10:00:00", "20.00"),
                order("C", "yesterday", "30.00"),
                file="again.csv",
            )
        )
        found = shop.current()
        assert rows_of_load(shop.lake(), found.load_id) == Rows(
            read=3, kept=1, merged=1, quarantined=1
        )
        assert found.rows == Rows(read=4, kept=2, merged=1, quarantined=1)

    def test_a_load_that_was_never_made_has_none(self, tmp_path):
        assert rows_of_load(tmp_path, "20260101T000000000000Z") is None

    def test_a_file_without_an_accounting_is_said_to_be_unreadable(self, tmp_path):
        (tmp_path / LOADS).mkdir()
        (tmp_path / LOADS / "L.json").write_text("{}")
        with pytest.raises(LakeError, match=r"loads/L\.json .* has no accounting"):
            rows_of_load(tmp_path, "L")


class TestReadLoad:
    def test_an_earlier_load_is_read_again(self, shop):
        shop.load(batch("orders", ORDER))
        first = shop.current()
        shop.load(batch("orders", order("B", "2024-01-06 10:00:00", "1.50")))
        assert read_load(shop.lake(), first.load_id) == first

    def test_one_that_was_never_visible_or_was_removed_is_none(self, shop):
        shop.load(batch("orders", ORDER))
        assert read_load(shop.lake(), "20000101T000000000000Z") is None
        (shop.lake() / "loads" / "20990101T000000000000Z.json").write_text("{}")
        assert read_load(shop.lake(), "20990101T000000000000Z") is None

    def test_one_that_cannot_be_understood_is_said_to_be_so(self, shop):
        shop.load(batch("orders", ORDER))
        (shop.lake() / "loads" / "20000101T000000000000Z.json").write_text("{}")
        with pytest.raises(LakeError, match=r"loads/20000101T000000000000Z\.json"):
            read_load(shop.lake(), "20000101T000000000000Z")


def test_asking_which_load_is_visible_needs_no_engine():
    """The command that finds nothing new to do is over before these would be imported."""
    heavy = {"pandas", "numpy", "duckdb", "deltalake", "pyarrow", "sqlglot"}
    asked = (
        "import sys, insights.store.loads, insights.store.lake, insights.store.session, "
        f"insights.intake; print(sorted({heavy!r} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
