"""What data do I have? Each table's rows and days, how fresh it is, and whose buyers are known."""

from datetime import datetime
from typing import TYPE_CHECKING

from insights.store.lake import Lake

if TYPE_CHECKING:
    import pandas as pd


def overview(lake: Lake) -> "pd.DataFrame":
    """List the canonical tables of a lake, those that have rows first.

    Returns
    -------
    DataFrame, one row per table
        `rows`; `first_at` and `last_at` of its events; `days_old`, days from the last event until
        today on the brand's wall clock; `identified`, of the orders the share of net sales in
        [0, 1] whose buyer is a known customer; `grain`.
    """
    import pandas as pd  # noqa: PLC0415 - a door opens quickly

    frame = lake.tables()
    today = pd.Timestamp(datetime.now(lake.brand.zone).date())
    last = pd.to_datetime(frame["last_at"]).dt.normalize()
    sales = lake.sql(
        "SELECT sum(net_amount) AS net, sum(known_amount) AS known FROM identified_sales"
    ).iloc[0]
    share = float(sales["known"]) / float(sales["net"]) if sales["net"] else float("nan")
    listed = frame.assign(
        days_old=(today - last).dt.days.astype("Int64"),
        identified=(frame["table"] == "orders").map({True: share, False: float("nan")}),
    )
    names = ["table", "rows", "first_at", "last_at", "days_old", "identified", "grain"]
    # A stable sort keeps the order of the schema, which is the one of docs/tables.md.
    return listed[names].sort_values("rows", key=lambda n: n == 0, kind="stable", ignore_index=True)
