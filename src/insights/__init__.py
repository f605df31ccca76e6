"""Honest customer analytics for brands with a private domain: the door for notebooks.

``import insights as ins`` gives ``ins.open_lake``, ``ins.tables``, ``ins.sql``, ``ins.mart``,
``ins.describe``, the way in for a warehouse's tables, ``ins.check`` and ``ins.load_table``, and the
parts of a page, ``ins.answer``, ``ins.checks`` and ``ins.limits``. ``ins.segments`` keeps groups of
customers under a name, to split anything by.
Everything behind it is imported on first use.
"""

from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from insights.intake import IngestReport
    from insights.models.power import Power
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
    "segments",
    "sql",
    "tables",
]


def __dir__() -> list[str]:
    """Complete with Tab what the door offers, and nothing of its making."""
    return __all__


def __getattr__(name: str) -> Any:
    """Bring in `ins.segments` when it is asked for: named groups of customers, kept and used."""
    if name == "segments":
        from insights.store import segments

        return segments
    raise AttributeError(f"module 'insights' has no attribute '{name}'")


def open_lake(
    brand: str | None = None, *, as_of: date | str | None = None, lang: "Lang | None" = None
) -> "Lake":
    """Open a brand's data as of the end of a day, and speak `lang` from here on.

    Parameters
    ----------
    brand : str, optional
        The run's brand, or the workspace's default one, if not given.
    as_of : date or YYYY-MM-DD, optional
        Last day whose events are seen; the last day with data if not given.
    lang : {'zh-CN', 'en'}, optional
        Language of what is shown; the brand's if not given.
    """
    from insights.store.session import open_here

    return open_here(brand, as_of=as_of, lang=lang)


def tables(brand: str | None = None) -> "pd.DataFrame":
    """List the canonical tables: rows, first and last event, grain."""
    from insights.store.session import shared

    return shared(brand, None).tables()


def sql(query: str, *, as_of: date | str | None = None, brand: str | None = None) -> "pd.DataFrame":
    """Ask in SQL over canonical tables and marts; `$as_of` is the end of the day `as_of`.

    Examples
    --------
    ``ins.sql("SELECT channel, count(*) AS orders FROM orders GROUP BY channel")``
    """
    from insights.store.session import shared

    return shared(brand, as_of).sql(query)


def mart(name: str, *, as_of: date | str | None = None, brand: str | None = None) -> "pd.DataFrame":
    """Return a mart, as ``ins.mart("purchases", as_of="2017-12-31")``."""
    from insights.store.session import shared

    return shared(brand, as_of).mart(name)


def describe(name: str) -> "pd.DataFrame":
    """Say what a table, a mart or one column means, as ``ins.describe("orders.paid_amount")``."""
    from insights.store.describe import describe as said

    return said(name)


def check(data: Any, table: str, *, brand: str | None = None, **how: Any) -> "pd.DataFrame":
    """List what stands in the way of loading these rows; an empty frame means nothing does.

    Parameters
    ----------
    data : DataFrame, Arrow table, path of a parquet file, or a query (with ``engine=``)
    table : str
        The canonical table that the rows are for.
    brand : str, optional
        The first brand declared, or the workspace's default one, if not given.
    **how
        ``columns={'order_no': 'order_id'}``, ``fixed={'channel': 'tmall'}``,
        ``words={'status': {'完成': 'done'}}``, ``units={'paid_amount': 'fen', 'buyer_ref':
        'phone'}``, ``engine=``; see `insights.intake.warehouse.Offered`.

    Returns
    -------
    DataFrame, one row per problem
        ``column``, ``problem``, ``found``, ``rows``, ``what_to_do``, and ``stops``: whether nothing
        can be loaded before it is put right.
    """
    from insights.intake import warehouse
    from insights.settings import Settings

    settings = Settings.load()
    offer = warehouse.offered(table, data, **how)
    return warehouse.check(offer, settings, settings.brand(brand, for_loading=True))


def load_table(table: str, data: Any, *, brand: str | None = None, **how: Any) -> "IngestReport":
    """Load rows that a warehouse has already into a canonical table; parameters as in `check`.

    Examples
    --------
    ``ins.load_table("orders", frame, columns={"order_no": "order_id"}, fixed={"channel": "jd"})``
    """
    from insights.intake import warehouse
    from insights.settings import Settings

    settings = Settings.load()
    offer = warehouse.offered(table, data, **how)
    return warehouse.load(offer, settings, settings.brand(brand, for_loading=True))


def answer(*results: "Result") -> "Answer":
    """Gather the top of a page: the first result's headline, at most six claims, the tiles."""
    from insights.results import Answer

    return Answer(*results)


def checks(*results: "Result") -> "Checks":
    """Gather the checks that the results were put to."""
    from insights.results import Checks

    return Checks(*results)


def limits(*results: "Result") -> "Limits":
    """Gather what the page cannot tell: the results' caveats, each once."""
    from insights.results import Limits

    return Limits(*results)


def power(base: float | None = None, lift: float | None = None, **how: Any) -> "Power":
    """Say how many people and weeks it takes to see a difference, as ``ins.power(0.10, 0.02)``.

    Parameters
    ----------
    base : float
        Share that does it anyway.
    lift : float
        Difference to be seen; left out, ``people=`` says how many there are.
    **how
        ``per_week=1000``, ``people=300``, ``sd=240.0`` for amounts; see `insights.models.power`.
    """
    from insights.models.power import power as needed

    return needed(base, lift, **how)
