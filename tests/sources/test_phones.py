"""Who sold is told by an account or a number, and many a brand writes a phone there."""

import pytest

from insights import sources
from insights.sources.values import columns_of
from tests.sources import checks
from tests.sources.test_adapters import FOUND

PHONE = "13900000021"
OF_STAFF = {"seller_ref", "staff_id", "creator_staff_id", "successor_id", "enrolled_by"}
FIRST = {sample.adapter: sample for sample in FOUND if not sample.is_json}


@pytest.mark.parametrize("adapter", sources.adapters(), ids=lambda adapter: adapter.name)
def test_accounts_of_staff_are_read_as_what_may_be_a_phone(adapter):
    for block in adapter.blocks:
        for name in OF_STAFF & set(block.values):
            kinds = {adapter.kinds.get(header) for header in columns_of(block.values[name])}
            assert not kinds & {"id", "text"}, (block.place, name)


@pytest.mark.parametrize("written", [PHONE, f"小王{PHONE}", "G7-139-0000-0021", f"+86 {PHONE} 店"])
def test_a_phone_in_such_a_column_is_nowhere_on_disk(written, tmp_path):
    sample = FIRST["youzan.orders"]
    for header in ("分销员", "归属店铺"):
        sample = sample.spoiled(header, written)
    checks.loaded(sample, tmp_path)
    lake = tmp_path / "data" / "shop"
    for path in lake.rglob("*.parquet"):
        for number in (PHONE, "139-0000-0021", "小王"):
            assert number not in checks._readable(path), path
