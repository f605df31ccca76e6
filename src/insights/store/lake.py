# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""`Lake`: a brand's data as it was at the end of one day; the only data call of a notebook."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from insights import schema
from insights.errors import DataError, EmptyLake, UnknownTable, did_you_mean
from insights.periods import end_of_day, parse_day
from insights.settings import Brand, Settings
from insights.store import history, marts, sampling, slips
from insights.store.answers import frame_of, stream_of
from insights.store.days import check_as_of
from insights.store.engine import VIEWS, connect, hold_at_most, identifier
from insights.store.loads import Current, earlier, file_gone, lake_folder, read_current
from insights.store.sampling import MOST_CUSTOMERS
from insights.store.views import select_declared
from insights.store.waiting import asking, heard

if TYPE_CHECKING:
    import pandas as pd

ROWS_A_BATCH = 100_000  # Of a stream: with all columns of a mart some tens of megabytes.


def current(settings: Settings, brand: Brand) -> Current | None:
    """Return the brand's visible load; None where nothing was ever loaded."""
    return read_current(lake_folder(settings, brand))


class Lake:
    """A brand's tables and marts as of the end of one day.

    Made by `open_lake`. It keeps the list of files it opened with, so that a load in the meantime
    neither blocks it nor changes its answers.

    Attributes
    ----------
    brand : Brand
    as_of : date
        Last day whose events are seen.
    first_day, last_day : date
        First and last day with a paid order.
    load_id : str
        The load that is being read.
    share : float in (0, 1]
        Of the customers; below 1 it is a sample, see `sample`.
    """

    share = 1.0

    def __init__(self, settings: Settings, brand: Brand, found: Current, as_of: date) -> None:
        self.settings = settings
        self.brand = brand
        self.as_of = as_of
        self.load_id = found.load_id
        self.current = found
        self._folder = lake_folder(settings, brand)
        self._connection = connect(settings, brand)
        self._viewed: dict[str, date] = {}

    def __repr__(self) -> str:
        return f"<Lake {self.brand.name} as of {self.as_of}, load {self.load_id}>"

    @property
    def first_day(self) -> date:
        """First day with a paid order."""
        return self.current.first_day or self.as_of

    @property
    def last_day(self) -> date:
        """Last day with a paid order, or `as_of` if that is earlier."""
        return min(self.current.last_day or self.as_of, self.as_of)

    def tables(self) -> "pd.DataFrame":
        """List the canonical tables as loaded, whatever `as_of`: rows, first and last event.

        Examples
        --------
        >>> bool(lake.tables().set_index("table").loc["orders", "rows"] > 0)
        True
        """
        import pandas as pd  # noqa: PLC0415 - a frame is a question's answer, not a lake's

        rows = []
        for name in schema.names():
            held = self.current.tables.get(name)
            rows.append(
                {
                    "table": name,
                    "rows": held.rows if held else 0,
                    "first_at": held.first_at if held else None,
                    "last_at": held.last_at if held else None,
                    "grain": schema.get(name).grain,
                }
            )
        return pd.DataFrame(rows)

    def versions(self) -> dict[str, int]:
        """Return the version of each table that is being read, for whoever wants the same again.

        Examples
        --------
        >>> "orders" in lake.versions()
        True
        """
        return {name: held.version for name, held in sorted(self.current.tables.items())}

    def files(self) -> "pd.DataFrame":
        """List the files ever offered up to this load: one row per file, oldest first.

        `source` is the adapter (for a refused file the nearest one, if any; for a source that is no
        file, that source), `file` the head of a digest, never a name. rows_read = rows_used +
        rows_skipped + rows_refused; of the skipped, `rows_repeated` came twice in the file.
        `tables` are those that it had rows for, `first_at` and `last_at` its first and last event,
        `totals_off` by how much money a column differed from its own total, `refused_as` why it was
        left out as a whole.
        """
        return history.files(self._folder, self.load_id, self.brand.zone)

    def accounts(self) -> "pd.DataFrame":
        """List what became of the rows offered to each table: one row per load and table.

        rows_in = kept + merged + quarantined.
        """
        return history.accounts(self._folder, self.load_id, self.brand.zone)

    def refusals(self) -> "pd.DataFrame":
        """List why rows were refused: one row per load, table or adapter (`place`), and reason.

        A row that has several reasons is counted under each.
        """
        return history.refusals(self._folder, self.load_id, self.brand.zone)

    def health(self) -> dict[str, Any]:
        """Return the frames from which `health.notes` says what every report must carry."""
        return {
            "days": self.mart("source_days"),
            "files": self.files(),
            "sales": self.mart("identified_sales"),
            "refunds": self.mart("channel_refunds"),
            "strays": self.mart("stray_refunds"),
            "as_of": self.as_of,
        }

    def mart(self, name: str, as_of: date | str | Iterable[date] | None = None) -> "pd.DataFrame":
        """Return a mart as a frame.

        Parameters
        ----------
        name : str
            A mart; see `Lake.marts`.
        as_of : date, or several, optional
            Another day up to the lake's own. With several days the frames are stacked under a
            column `as_of`: a panel of cut-offs, each row knowing nothing after its own.

        Examples
        --------
        >>> panel = lake.mart("purchases", as_of=["2017-06-30", "2017-12-31"])
        >>> panel.groupby("as_of")["paid_at"].max().dt.month.tolist()
        [6, 12]
        """
        import pandas as pd  # noqa: PLC0415 - see `tables`

        if isinstance(as_of, Iterable) and not isinstance(as_of, str):
            frames = [self.mart(name, day).assign(as_of=pd.Timestamp(day)) for day in as_of]
            if not frames:
                raise DataError(f"No days were given for the mart '{name}'.")
            return pd.concat(frames, ignore_index=True)
        return self.sql(self._asked_of(name), as_of=as_of)

    def sample(self, most: int = MOST_CUSTOMERS, *, of: int | None = None) -> "Lake":
        """Return this lake, or where it has more than `most` customers, a lake of so many by lot.

        The drawn are always the same, and there with all their orders and refunds; marts of
        customers are theirs alone, and other marts are refused. `of` is how many there are, such as
        people with a friendship; about how many ever bought, if not given.

        Examples
        --------
        >>> lake.sample(1_000_000) is lake  # it has fewer
        True
        """
        customers = sampling.customers_about(self) if of is None else of
        share = sampling.share_of(customers, most)
        return self if share == 1 else SampledLake(self, share, customers)

    def everyone(self, name: str) -> Any:
        """Stream a mart of all customers, of whom this is a sample; None where it is no sample."""
        marts.get(name)
        return None

    def marts(self) -> "pd.DataFrame":
        """List the marts with their grain.

        Examples
        --------
        >>> "purchases" in set(lake.marts()["mart"])
        True
        """
        import pandas as pd  # noqa: PLC0415 - see `tables`

        return pd.DataFrame([{"mart": n, "grain": marts.get(n).grain} for n in marts.names()])

    def sql(self, query: str, as_of: date | str | None = None) -> "pd.DataFrame":
        """Ask in SQL over the canonical tables and the marts; `$as_of` is the end of the day.

        Raises
        ------
        UnknownTable
            If the query reads something that is neither; the message has the nearest name.
        OutsideData
            If the day lies before the data.
        DataError
            If the query is not one valid SELECT, or the day is later than the lake's.
        LakeError
            If a file that it reads is gone.
        TooMuch
            If the answer has more rows than memory holds.

        Examples
        --------
        >>> lake.sql("SELECT count(*) AS n FROM orders WHERE paid_at > $as_of")["n"].item()
        0
        """
        with self._told(query):
            return frame_of(self._connection, *self._asked(query, as_of, self._connection))

    def arrow(self, query: str, as_of: date | str | None = None) -> Any:
        """Ask in SQL and get a stream of Arrow batches, for answers larger than memory.

        Other questions may be asked while it is read.

        Examples
        --------
        >>> stream = lake.arrow("SELECT order_id FROM orders")
        >>> sum(batch.num_rows for batch in stream) == len(lake.sql("SELECT order_id FROM orders"))
        True
        """
        with self._told(query):
            # A cursor of its own: the next question on a connection ends the stream before.
            connection = self._connection.cursor()
            statement, given = self._asked(query, as_of, connection)
            return stream_of(connection, statement, given, ROWS_A_BATCH)

    def _asked(
        self, query: str, as_of: date | str | None, connection: Any
    ) -> tuple[str, dict[str, Any]]:
        day = self._day(as_of)
        read = marts.relations(query)
        known = {*schema.names(), *marts.names(), *VIEWS}
        for name in sorted(read - known):
            raise UnknownTable(f"There is no table called '{name}'.{did_you_mean(name, known)}")
        for table in marts.tables_read(read):
            self._view(table, day)
        statement = marts.with_marts(query)
        takes = connection.extract_statements(statement)[0].named_parameters
        return statement, {"as_of": end_of_day(day)} if "as_of" in takes else {}

    @contextmanager
    def _told(self, query: str = "") -> Iterator[None]:
        """Say in words of the lake what the engine could not do with a query."""
        import duckdb  # noqa: PLC0415 - see `engine.connect`

        try:
            yield
        except duckdb.IOException as error:
            paths = (
                self._folder / name / file
                for name, table in self.current.tables.items()
                for file in table.files
            )
            if all(path.is_file() for path in paths):
                raise DataError(f"The query failed: {error}") from error
            raise file_gone(self._folder, self.load_id) from error
        except duckdb.Error as error:
            raise DataError(f"The query failed: {slips.said(query, error)}") from error

    def _view(self, name: str, day: date) -> None:
        """Define the table as it was at the end of the day: later rows are not there."""
        if self._viewed.get(name) == day:
            return
        table = schema.get(name)
        rows, seen = self._rows(name), ""
        if table.event_time:
            when = identifier(table.event_time)
            seen = f" WHERE {when} IS NULL OR {when} <= TIMESTAMP '{end_of_day(day)}'"
        self._connection.execute(
            f"CREATE OR REPLACE VIEW {identifier(name)} AS SELECT * FROM ({rows}){seen}"
        )
        self._viewed[name] = day

    def _rows(self, name: str) -> str:
        held = self.current.tables.get(name)
        files = held.files if held else ()
        return select_declared(self._folder / name, files, schema.get(name), self._connection)

    def _asked_of(self, name: str) -> str:
        return f"SELECT * FROM {identifier(marts.get(name).name)}"

    def _day(self, as_of: date | str | None) -> date:
        day = self.as_of if as_of is None else parse_day(as_of)
        if day > self.as_of:
            raise DataError(
                f"This lake was opened as of {self.as_of}; {day} is later. Open it as of {day}."
            )
        if self.current.first_day is None:  # Opened for its other tables: see `open_lake`.
            return day
        return check_as_of(self.current, self.brand, day)


class SampledLake(Lake):
    """So many customers of a lake by lot, with all that they bought; see `Lake.sample`."""

    def __init__(self, whole: Lake, share: float, customers: int) -> None:
        super().__init__(whole.settings, whole.brand, whole.current, whole.as_of)
        self._customers = customers
        self._held: dict[str, str] = {}
        hold_at_most(self._connection, sampling.MOST_MEMORY, self.settings)
        with asking("drawing the sample"), self._told():
            for table in {*marts.tables_read({"order_net"}), *sampling.HELD}:
                self._view(table, self.as_of)
            ask = partial(sampling.hold, self._connection, share, end_of_day(self.as_of))
            self._held = heard(ask, self._connection.interrupt)
        self._viewed.clear()
        self.share = share

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, {self.share:.2%} of the customers>"

    def everyone(self, name: str) -> Any:
        """Stream a mart of all customers, of whom this is a sample, so many by lot at a time."""
        asked = sampling.of_the_drawn(name, 1.0)
        for part in sampling.parts(self._customers):
            # An engine of its own, given up after each part: what it held goes with it.
            apart = Lake(self.settings, self.brand, self.current, self.as_of)
            hold_at_most(apart._connection, sampling.MOST_MEMORY, self.settings)
            yield from apart.arrow(f"{asked} AND {part}")

    def _rows(self, name: str) -> str:
        if name in self._held:
            return f"SELECT * FROM {identifier(self._held[name])}"
        return super()._rows(name)

    def _asked_of(self, name: str) -> str:
        return sampling.of_the_drawn(name, self.share)


def open_lake(
    settings: Settings,
    brand: str | None = None,
    *,
    as_of: date | str | None = None,
    load_id: str | None = None,
    newer: Mapping[str, str] | None = None,
    needs_orders: bool = True,
) -> Lake:
    """Open a brand's lake as of the end of a day.

    Parameters
    ----------
    settings : Settings
    brand : str, optional
        The workspace's default brand if not given.
    as_of : date or YYYY-MM-DD, optional
        See `parse_day`; the last day with data if not given.
    load_id : str, optional
        An earlier load, so that a report sees the same data whatever was loaded since.
    newer : mapping, optional
        Load id by table, for tables to be taken from another load: a mixture that never was, to
        find out what one table's changes have moved.
    needs_orders : bool, default True
        If not, a lake of other tables alone is opened as of the day of its load.

    Raises
    ------
    EmptyLake, OutsideData
        See `check_as_of`.
    LakeError
        If the wanted load was removed by maintenance.
    """
    chosen = settings.brand(brand)
    folder = lake_folder(settings, chosen)
    found = read_current(folder)
    if load_id and found and found.load_id != load_id:
        found = earlier(folder, load_id)
    if newer and found:
        other = {name: earlier(folder, load) for name, load in newer.items()}
        mixed = {name: load.tables[name] for name, load in other.items() if name in load.tables}
        found = found.model_copy(update={"tables": {**found.tables, **mixed}})
    wanted = None if as_of is None or as_of == "" else parse_day(as_of)
    if found and found.first_day is None and not needs_orders:
        return Lake(settings, chosen, found, wanted or found.loaded_at.date())
    day = check_as_of(found, chosen, wanted)
    if found is None:
        raise EmptyLake(f"The lake of '{chosen.name}' is empty.")
    return Lake(settings, chosen, found, day)
