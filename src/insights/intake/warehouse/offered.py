# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""What is offered: a frame, a parquet file or a query, as one DuckDB relation in our columns.

Renaming, literal values, words and units are said by whoever offers, because only they know them;
nothing is guessed. Columns that no table declares are named by `check` and go no further. Phones
are told from the rest by `checking`, and are keyed where they are said to be phones.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from insights import schema
from insights.errors import IntakeError, MissingExtra, did_you_mean
from insights.intake.keys import IdKey, phone_ids
from insights.settings import Brand, Settings
from insights.store.engine import connect, identifier, quoted

ROWS_A_BATCH = 50_000
PHONE, CODE = "phone", "code"
UNITS = ("yuan", "fen", "epoch_s", "epoch_ms", PHONE, CODE)
_READ_BY_UNIT = ("fen", "epoch_s", "epoch_ms", PHONE)
# Columns whose type stands beside them: the keyed id alone is their value.
_BARE = ("id_value", "left_value", "right_value")


@dataclass(frozen=True, kw_only=True)
class Offered:
    """Rows for one canonical table, and how they are to be read.

    Attributes
    ----------
    table : str
        A canonical table.
    data : DataFrame, Arrow table, path of a parquet file, or SQLAlchemy query or SQL text
    engine : SQLAlchemy engine or address, optional
        Where a query is asked.
    columns : mapping
        Name in the data -> canonical column, where they differ.
    fixed : mapping
        Canonical column -> one value for all rows.
    words : mapping
        Canonical column -> {word in the data: canonical word}.
    units : mapping
        Canonical column -> 'fen' for money in cents, 'epoch_s' or 'epoch_ms' for times that are
        seconds or milliseconds since 1970; 'phone' for ids that are mobiles: they become keyed
        references, phone:global:..., and what is no mobile becomes NULL; 'code' for ids of things
        that look like mobiles and are none.
    allow_empty : bool, default False
        Take an offer of no rows, as a nightly query for what is new may give one; else it is
        refused, because it is almost always a wrong filter.
    """

    table: str
    data: Any
    engine: Any = None
    columns: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    allow_empty: bool = False

    def __post_init__(self) -> None:
        table = schema.get(self.table)
        for column in [*self.columns.values(), *self.fixed, *self.words, *self.units]:
            table.column(column)
        for column, unit in self.units.items():
            if unit not in UNITS:
                raise IntakeError(f"'{unit}' is no unit of '{column}'.{did_you_mean(unit, UNITS)}")
            declared = table.column(column)
            if unit in {PHONE, CODE} and declared.type != "id":
                raise IntakeError(f"'{unit}' is a unit of ids, and '{column}' is none.")
            if unit == CODE and names_somebody(declared):
                raise IntakeError(
                    f"'{column}' is whose a row is, so that what looks like a phone in it is taken "
                    f"for one. Say units={{'{column}': '{PHONE}'}}, or leave the column out."
                )

    @contextmanager
    def opened(self, settings: Settings, brand: Brand, *, dry: bool = False) -> Iterator["Opened"]:
        """Open the rows for reading; a private folder holds them until the end.

        Where it is `dry`, phones are keyed with a key that nobody keeps.
        """
        connection = connect(settings, brand)
        try:
            with TemporaryDirectory(prefix="insights-offered-") as folder:
                path = self._kept(Path(folder))
                connection.execute(
                    f"CREATE VIEW given AS SELECT * FROM read_parquet({quoted(str(path))})"
                )
                if PHONE in self.units.values():
                    key = IdKey(token_bytes(32)) if dry else IdKey.load(settings, brand)
                    _teach_phones(connection, key)
                yield Opened(self, connection, brand, path)
        finally:
            connection.close()

    def _kept(self, folder: Path) -> Path:
        """Return a parquet file of the rows; of columns that stay outside it has the names only."""
        if isinstance(self.data, str | Path) and self.engine is None:
            return _file(self.data)
        wanted = {*self.columns, *(c.name for c in schema.get(self.table).columns)}
        path = folder / "given.parquet"
        writer = None
        for batch in self._batches():
            kept = [
                batch.column(n) if n in wanted else pa.nulls(batch.num_rows, f.type)
                for n, f in zip(batch.schema.names, batch.schema, strict=True)
            ]
            writer = writer or pq.ParquetWriter(path, batch.schema, compression="lz4")
            writer.write_batch(pa.RecordBatch.from_arrays(kept, schema=batch.schema))
        if writer is None:
            raise IntakeError("What is offered has no rows and no columns.")
        writer.close()
        return path

    def _batches(self) -> Iterator[pa.RecordBatch]:
        data = self.data
        if isinstance(data, pa.Table):
            yield from data.to_batches(ROWS_A_BATCH) or [_empty(data.schema)]
        elif hasattr(data, "columns") and hasattr(data, "iloc"):
            table = pa.Table.from_pandas(data, preserve_index=False)
            yield from table.to_batches(ROWS_A_BATCH) or [_empty(table.schema)]
        elif self.engine is not None:
            yield from self._asked()
        else:
            raise IntakeError(
                f"A {type(data).__name__} is no table. Give a DataFrame, an Arrow table, the path "
                "of a parquet file, or a query together with `engine=`."
            )

    def _asked(self) -> Iterator[pa.RecordBatch]:
        try:
            import sqlalchemy  # noqa: PLC0415 - only who asks a warehouse needs it
        except ImportError:
            raise MissingExtra(
                "A query needs SQLAlchemy, which is not installed. Install the extra 'sql': "
                "pip install 'insights[sql]'"
            ) from None
        import pandas as pd  # noqa: PLC0415 - see above

        is_text = isinstance(self.engine, str)
        engine = sqlalchemy.create_engine(self.engine) if is_text else self.engine
        query = sqlalchemy.text(self.data) if isinstance(self.data, str) else self.data
        found = None
        try:
            with engine.connect().execution_options(stream_results=True) as link:
                for frame in pd.read_sql(query, link, chunksize=ROWS_A_BATCH):
                    # Object columns of one chunk may be all NULL: the first schema holds for all.
                    table = pa.Table.from_pandas(frame, schema=found, preserve_index=False)
                    found = table.schema if found is None else found
                    yield from table.to_batches() or [_empty(table.schema)]
        except (sqlalchemy.exc.SQLAlchemyError, pd.errors.DatabaseError) as error:
            cause = error.__cause__ or error  # pandas wraps what the database said.
            said = str(getattr(cause, "orig", None) or type(cause).__name__)
            raise IntakeError(f"The query could not be answered: {said}") from None
        finally:
            if is_text:
                engine.dispose()


class Opened:
    """Open rows: which columns they have, and the SQL that reads them as canonical ones."""

    def __init__(self, offer: Offered, connection: Any, brand: Brand, path: Path) -> None:
        self.offer = offer
        self.connection = connection
        self.path = path
        self.table = schema.get(offer.table)
        self.types: dict[str, str] = {
            row[0]: row[1] for row in connection.execute("DESCRIBE given").fetchall()
        }
        self.renamed: dict[str, str] = {}
        known = {column.name for column in self.table.columns}
        for name in self.types:
            column = offer.columns.get(name, name)
            if column in known and column not in offer.fixed:
                self.renamed[column] = name
        self.zone = brand.time_zone

    @property
    def unknown(self) -> list[str]:
        """Columns of the data that the table does not declare."""
        return [name for name in self.types if name not in self.renamed.values()]

    @property
    def absent(self) -> list[str]:
        """Columns of the data that were named and are not there."""
        return [name for name in self.offer.columns if name not in self.types]

    @property
    def lacking(self) -> list[str]:
        """Required columns that nothing fills."""
        filled = {*self.renamed, *self.offer.fixed}
        return [c.name for c in self.table.columns if c.required and c.name not in filled]

    @property
    def count(self) -> int:
        """How many rows are offered."""
        (found,) = self.connection.execute("SELECT count(*) FROM given").fetchall()
        return int(found[0])

    def digest(self) -> str:
        """Return a digest of the rows and of how they are read."""
        offer = self.offer
        words = sorted((column, sorted(said.items())) for column, said in offer.words.items())
        read = [sorted(part.items()) for part in (offer.columns, offer.fixed, offer.units)]
        digest = hashlib.sha256(f"{offer.table} {read} {words}".encode())
        with self.path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    def select(self) -> str:
        """Return the SELECT of the rows in canonical columns, with `_row`."""
        chosen = [f"{self.value(c)} AS {identifier(c)}" for c in self.renamed]
        chosen += [f"{_literal(v)} AS {identifier(c)}" for c, v in self.offer.fixed.items()]
        chosen.append("row_number() OVER () AS _row")
        return f"SELECT {', '.join(chosen)} FROM given"

    def value(self, column: str) -> str:
        """Return the SQL of one column's value: unit and words applied, a zone put on the clock."""
        name, found = identifier(self.renamed[column]), self.types[self.renamed[column]]
        unit = self.offer.units.get(column)
        if unit in _READ_BY_UNIT:
            return self._by_unit(column, unit, name)
        if "TIME ZONE" in found:
            return f"{name} AT TIME ZONE {quoted(self.zone)}"
        if words := self.offer.words.get(column):
            cases = " ".join(f"WHEN {quoted(w)} THEN {quoted(c)}" for w, c in words.items())
            text = f"CAST({name} AS VARCHAR)"
            return f"CASE {text} {cases} ELSE {text} END"
        declared = self.table.column(column)
        if declared.type in {"id", "text", "enum"} and found not in {"DOUBLE", "FLOAT"}:
            return f"CAST({name} AS VARCHAR)"
        return name

    def _by_unit(self, column: str, unit: str, name: str) -> str:
        if unit == "fen":
            return f"CAST({name} AS DECIMAL(20,2)) / 100"
        if unit == PHONE:
            keyed = f"phone_id(CAST({name} AS VARCHAR))"
            return keyed if column in _BARE else f"'phone:global:' || {keyed}"
        instant = f"to_timestamp({name}{'' if unit == 'epoch_s' else ' / 1000.0'})"
        return f"{instant} AT TIME ZONE {quoted(self.zone)}"


def names_somebody(column: schema.Column) -> bool:
    """Whether a column says whose a row is."""
    return column.personal or column.name == "customer_id"


def offered(table: str, data: Any, **how: Any) -> Offered:
    """Return rows offered for a canonical table; see `Offered`."""
    return Offered(table=table, data=data, **how)


def _teach_phones(connection: Any, key: IdKey) -> None:
    """Let the engine make the keyed ids of phones; the key stands in no query."""
    connection.create_function(
        "phone_id",
        lambda values: phone_ids(values, key),
        ["VARCHAR"],
        "VARCHAR",
        type="arrow",
        null_handling="special",
    )


def _file(path: str | Path) -> Path:
    found = Path(path)
    if not found.is_file():
        raise IntakeError(
            f"There is no file '{found.name}'. Give the path of a parquet file, or say with "
            "`engine=` where the query is to be asked."
        )
    try:
        pq.ParquetFile(found).close()
    except (pa.ArrowInvalid, OSError):
        raise IntakeError(
            f"'{found.name}' is no parquet file. An export of a shop or of WeCom is loaded with "
            "`insights ingest`."
        ) from None
    return found


def _empty(fields: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.nulls(0, f.type) for f in fields], schema=fields)


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "NULL" if value is None else quoted(str(value))
