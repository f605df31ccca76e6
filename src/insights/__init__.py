"""Honest customer analytics for brands with a private domain: the door for notebooks.

``import insights as ins`` gives ``ins.open_lake``, ``ins.tables``, ``ins.sql``, ``ins.mart``,
``ins.describe``, the way in for a warehouse's tables, ``ins.check`` and ``ins.load_table``, and the
parts of a page, ``ins.answer``, ``ins.checks`` and ``ins.limits``. ``ins.preview`` shows the page
that a result would make. ``ins.segments`` keeps groups of customers under a name, to split anything
by; ``ins.runs`` opens the data of an earlier run and says what moved between two.
Everything behind it is imported on first use.
"""

import sys
from collections.abc import Mapping
from datetime import date
from importlib import import_module
from os import environ
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from insights import runs
    from insights.intake import IngestReport
    from insights.lab.preview import Preview
    from insights.models.power import Power
    from insights.reporting.page import Audience
    from insights.results import Answer, Checks, Limits, Result
    from insights.settings import Lang
    from insights.store import segments
    from insights.store.lake import Lake

__all__ = [
    "answer",
    "check",
    "checks",
    "describe",
    "limits",
    "load_table",
    "mart",
    "open_lake",
    "power",
    "preview",
    "runs",
    "segments",
    "sql",
    "tables",
]

_ROOMS = {"runs": "insights.runs", "segments": "insights.store.segments"}


def __dir__() -> list[str]:
    """Complete with Tab what the door offers, and nothing of its making."""
    return __all__


def __getattr__(name: str) -> Any:
    """Bring in `ins.segments` and `ins.runs` when they are asked for."""
    if name in _ROOMS:
        return import_module(_ROOMS[name])
    if name.startswith("_"):  # Python itself looks for what a module may have.
        raise AttributeError(f"module 'insights' has no attribute '{name}'")
    from insights.errors import did_you_mean

    hint = did_you_mean(name, __all__)
    said = f"The door `insights` has no '{name}'.{hint} Tab lists what it has."
    raise AttributeError(said, name=name, obj=sys.modules[__name__])


def open_lake(
    brand: str | None = None, *, as_of: date | str | None = None, lang: "Lang | None" = None
) -> "Lake":
    """Open a brand's data as of the end of a day; the door speaks of it, in `lang`, from here on.

    Parameters
    ----------
    brand : str, optional
        The run's brand, or the workspace's default one, if not given.
    as_of : date or YYYY-MM-DD, optional
        Last day whose events are seen; the last day with data if not given.
    lang : {'zh-CN', 'en'}, optional
        Language of what is shown; the brand's if not given.

    Raises
    ------
    EmptyLake, OutsideData
        If there are no data, or none of that day; the message says of which days there are.

    Examples
    --------
    >>> lake = ins.open_lake(as_of="2017-12-31")
    >>> lake.as_of
    datetime.date(2017, 12, 31)
    """
    from insights.store.session import open_here

    return open_here(brand, as_of=as_of, lang=lang)


def tables(brand: str | None = None) -> "pd.DataFrame":
    """List the canonical tables: rows, first and last event, how fresh, whose buyers are known.

    Returns
    -------
    DataFrame, one row per table, those with rows first
        ``days_old`` since the last event; ``identified``, of the orders, the share of net sales in
        [0, 1] whose buyer is a known customer.

    Raises
    ------
    EmptyLake
        If nothing was loaded yet; the message has the command.

    Examples
    --------
    >>> "orders" in set(ins.tables()["table"])
    True
    """
    from insights.lab.overview import overview
    from insights.store.session import shared

    return overview(shared(brand, None, needs_orders=False))


def sql(query: str, *, as_of: date | str | None = None, brand: str | None = None) -> "pd.DataFrame":
    """Ask in SQL over canonical tables and marts; `$as_of` is the end of the day `as_of`.

    Raises
    ------
    UnknownTable, DataError
        If the query has a slip; the message has the nearest name.
    TooMuch
        If the answer would not fit into memory; ``ins.open_lake().arrow(query)`` streams it.

    Examples
    --------
    >>> ins.sql("SELECT channel, count(*) AS orders FROM orders GROUP BY channel").columns.tolist()
    ['channel', 'orders']
    """
    from insights.store.session import shared

    return shared(brand, as_of, needs_orders=False).sql(query)


def mart(name: str, *, as_of: date | str | None = None, brand: str | None = None) -> "pd.DataFrame":
    """Return a mart as a frame; `ins.describe` says what its columns mean.

    Examples
    --------
    >>> "customer_id" in ins.mart("purchases", as_of="2017-12-31")
    True
    """
    from insights.store.session import shared

    return shared(brand, as_of).mart(name)


def describe(name: str) -> "pd.DataFrame":
    """Say what a table, a mart or one column means, its unit, and which systems' exports fill it.

    What is none of these is looked up among the words of the business (docs/glossary.md), in
    English or Chinese: ``ins.describe("repurchase")``. Tables stand in docs/tables.md.

    Examples
    --------
    >>> ins.describe("orders.paid_amount")["column"].item()
    'paid_amount'
    """
    from insights.lab.filling import described

    return described(name)


def check(
    data: Any,
    table: str,
    *,
    brand: str | None = None,
    columns: Mapping[str, str] | None = None,
    fixed: Mapping[str, Any] | None = None,
    words: Mapping[str, Mapping[str, str]] | None = None,
    units: Mapping[str, str] | None = None,
    engine: Any = None,
    allow_empty: bool = False,
) -> "pd.DataFrame":
    """List what stands in the way of loading these rows; an empty frame means nothing does.

    Parameters
    ----------
    data : DataFrame, Arrow table, path of a parquet file, or a query (with ``engine=``)
    table : str
        The canonical table that the rows are for.
    brand : str, optional
        The first brand declared, or the workspace's default one, if not given.
    columns : mapping, optional
        Your column to ours: ``{'order_no': 'order_id'}``.
    fixed : mapping, optional
        What no column says: ``{'channel': 'tmall'}``.
    words : mapping, optional
        Your words to ours, by our column: ``{'status': {'完成': 'done'}}``.
    units : mapping, optional
        By our column: ``{'paid_amount': 'fen', 'buyer_ref': 'phone'}``.
    engine : SQLAlchemy engine, optional
        Where a query is to be asked.
    allow_empty : bool, default False
        Take it that there are no rows, as a nightly query for what is new may give none.

    Returns
    -------
    DataFrame, one row per problem
        ``column``, ``problem``, ``found``, ``rows``, ``what_to_do``, and ``stops``: whether nothing
        can be loaded before it is put right.

    Examples
    --------
    >>> frame = pd.DataFrame({"order_no": ["A1"], "paid": [9.9]})
    >>> found = ins.check(frame, "orders", columns={"order_no": "order_id"})
    >>> bool(found["stops"].any())
    True
    """
    from insights.intake import warehouse
    from insights.settings import Settings

    settings = Settings.load()
    how = _given(columns=columns, fixed=fixed, words=words, units=units, engine=engine)
    offer = warehouse.offered(table, data, allow_empty=allow_empty, **how)
    return warehouse.check(offer, settings, settings.brand(brand, for_loading=True))


def load_table(
    table: str,
    data: Any,
    *,
    brand: str | None = None,
    columns: Mapping[str, str] | None = None,
    fixed: Mapping[str, Any] | None = None,
    words: Mapping[str, Mapping[str, str]] | None = None,
    units: Mapping[str, str] | None = None,
    engine: Any = None,
    allow_empty: bool = False,
) -> "IngestReport":
    """Load rows that a warehouse has already into a canonical table; parameters as in `check`.

    Raises
    ------
    IntakeError
        If something stands in the way that `check` lists with ``stops``.

    Examples
    --------
    >>> frame = pd.DataFrame({"sku": ["P1", "P2"], "title": ["Tea", "Cup"]})
    >>> how = {"sku": "product_id", "title": "name"}
    >>> report = ins.load_table("products", frame, columns=how)
    >>> [(one.table, one.kept) for one in report.tables]
    [('products', 2)]
    """
    from insights.intake import warehouse
    from insights.settings import Settings
    from insights.store.waiting import steps

    settings = Settings.load()
    how = _given(columns=columns, fixed=fixed, words=words, units=units, engine=engine)
    offer = warehouse.offered(table, data, allow_empty=allow_empty, **how)
    with steps(f"Loading {table}") as tell:
        return warehouse.load(
            offer, settings, settings.brand(brand, for_loading=True), progress=tell
        )


def _given(**how: Any) -> dict[str, Any]:
    return {name: value for name, value in how.items() if value is not None}


def answer(*results: "Result") -> "Answer":
    """Gather the top of a page: the first result's headline, at most six claims, the tiles.

    Examples
    --------
    >>> ins.answer(r).bundle().claims[0].text == r.headline.text()
    True
    """
    from insights.results import Answer

    return Answer(*results)


def checks(*results: "Result") -> "Checks":
    """Gather the checks that the results were put to.

    Examples
    --------
    >>> all(check.passed for check in ins.checks(r).bundle().checks)
    True
    """
    from insights.results import Checks

    return Checks(*results)


def limits(*results: "Result") -> "Limits":
    """Gather what the page cannot tell: the results' caveats, each once.

    Examples
    --------
    >>> set(ins.limits(r).bundle().caveats) >= {r.say(caveat) for caveat in r.caveats}
    True
    """
    from insights.results import Limits

    return Limits(*results)


def preview(
    *results: "Result",
    brand: str | None = None,
    lang: "Lang | None" = None,
    audience: "Audience" = "manager",
) -> "Preview":
    """Show the page that results would make, exactly as its reader would see it.

    Parameters
    ----------
    *results : Result
        In the order of the page; the first one's headline leads.
    brand : str, optional
        The run's brand, or the one whose lake was opened last, if not given.
    lang : {'zh-CN', 'en'}, optional
        The language in force if not given. Sentences of a result speak whichever is asked.
    audience : {'manager', 'analyst'}

    Raises
    ------
    GateRefused
        If such a page would not be published.

    Examples
    --------
    >>> from insights.results import NotEnoughData
    >>> page = ins.preview(NotEnoughData(title="T", because="Too few.", needs="More."), lang="en")
    >>> "Too few." in page.html
    True
    """
    from insights.lab.preview import preview as shown
    from insights.settings import Settings
    from insights.store.session import brand_here, run_context
    from insights.store.waiting import asking

    whose = brand_here(Settings.load(run_context().workspace), brand)
    days = (one.facts.get("as_of") for one in results if hasattr(one, "facts"))
    as_of = str(next((day for day in days if day), ""))[:10]
    with asking("making the page"):
        return shown(*results, brand=whose, as_of=as_of, lang=lang, audience=audience)


def power(
    baseline: float | None = None,
    lift: float | None = None,
    *,
    sd: float | None = None,
    people: int | None = None,
    per_week: float | None = None,
    confidence: float = 0.95,
    power: float = 0.80,
) -> "Power":
    """Say how many people and weeks it takes to see a difference.

    Parameters
    ----------
    baseline : float in (0, 1), optional
        Share that does it anyway; left out for amounts, whose spread is `sd`.
    lift : float > 0, optional
        Difference to be seen, 0.02 is 2 points; left out, `people` says how many there are.
    sd : float > 0, optional
        Standard deviation of an amount a person.
    people : int, optional
        People in each group, where the smallest visible difference is asked.
    per_week : float, optional
        People a week who can be drawn into one of the two groups.
    confidence, power : float in (0, 1)
        Two-sided test; the share of trials in which a true difference is found.

    Examples
    --------
    >>> ins.power(baseline=0.18, lift=0.02).per_group
    6139
    """
    from insights.models.power import power as needed

    return needed(
        baseline,
        lift,
        sd=sd,
        people=people,
        per_week=per_week,
        confidence=confidence,
        power=power,
    )


if "IPython" in sys.modules and "INSIGHTS_RUN" not in environ:
    import_module("insights.lab.shell").settle_here()
