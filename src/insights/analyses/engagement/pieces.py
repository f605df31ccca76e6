"""Pieces: what was shown to whom and who answered, read with suspicion.

A cell is what one audience did with one piece through one source. Cells that cannot be are left
out and counted; pieces that say nearly the same become one item, so that a repeat is a second look
and not a second winner.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from insights.analyses.engagement.titles import near_duplicates, tags
from insights.errors import MissingColumns

NEEDED = {"content_id", "published_on", "reached", "answered"}
# Each may be absent: what is not known is not adjusted for, and the page says so.
OPTIONAL = (
    "title", "topics", "slot", "push", "drawn_by_lot", "daypart", "author", "audience", "source",
    "format", "share_in", "share_in_spread",
)  # fmt: skip
DAYS = 180


@dataclass(frozen=True, eq=False)
class Pieces:
    """Cells that can be, the items that they belong to, and what was left out.

    Attributes
    ----------
    cells : DataFrame, one row a cell
        ``item`` is the place in `items`; ``answered`` and ``trials`` are counts, the latter
        scaled down for a young piece to those who would have answered by now.
    items : DataFrame, one row an item
        ``content_id``, ``title`` (its day and number where it has none: ``titled`` is false),
        ``published_on`` of its last piece; ``copies`` is how many pieces it stands for,
        ``topics`` a list.
    unseen, impossible, uncounted : int
        Cells left out: nobody was reached or it is not known; more answered than were reached;
        the answers are missing.
    """

    cells: pd.DataFrame
    items: pd.DataFrame
    unseen: int
    impossible: int
    uncounted: int

    @property
    def repeated(self) -> bool:
        """Whether enough items were seen more than once to tell an item from its luck."""
        seen = self.cells.groupby("item").size()
        return bool((seen > 1).sum() >= max(10, 0.1 * len(seen)))


def read_pieces(pieces: pd.DataFrame, *, as_of: date, days: int = DAYS) -> Pieces:
    """Take cells of one channel and stage, published in the last `days` up to `as_of`.

    Parameters
    ----------
    pieces : DataFrame, one row per (content, audience, source)
        `content_id`, `published_on`, `reached` (the declared denominator), `answered`; any of
        `title`, `topics` (list of texts), `slot`, `push`, `drawn_by_lot`, `daypart`, `author`,
        `audience`, `source`, `format`; `share_in` and `share_in_spread` of young pieces (see
        `ages.share_in`).

    Raises
    ------
    MissingColumns
        If a needed column is absent.
    """
    if missing := NEEDED - set(pieces.columns):
        raise MissingColumns("pieces", missing, pieces.columns)
    found = pieces.assign(**{name: None for name in OPTIONAL if name not in pieces.columns})
    on = pd.to_datetime(found["published_on"])
    recent = (on > pd.Timestamp(as_of) - pd.Timedelta(days=days)) & (on <= pd.Timestamp(as_of))
    found = found[recent].assign(published_on=on[recent])
    reached = pd.to_numeric(found["reached"], errors="coerce")
    answered = pd.to_numeric(found["answered"], errors="coerce")
    unseen = ~(np.isfinite(reached) & (reached > 0))
    uncounted = ~unseen & ~(np.isfinite(answered) & (answered >= 0))
    impossible = ~unseen & ~uncounted & (answered > reached)
    cells = found[~unseen & ~uncounted & ~impossible].copy()
    order = cells[["content_id", "audience", "source"]].astype(str)
    cells = cells.loc[order.sort_values(list(order.columns), kind="stable").index]
    cells = cells.reset_index(drop=True)
    cells["answered"] = pd.to_numeric(cells["answered"]).astype(float)
    cells["reached"] = pd.to_numeric(cells["reached"]).astype(float)
    share = pd.to_numeric(cells["share_in"]).astype(float).fillna(1.0).clip(0.0, 1.0)
    cells["trials"] = np.maximum(cells["reached"] * share, cells["answered"])
    cells["share_in"] = share
    cells["share_in_spread"] = pd.to_numeric(cells["share_in_spread"]).astype(float).fillna(0.0)
    cells["weekday"] = cells["published_on"].dt.day_of_week
    cells, items = _grouped(cells[cells["trials"] > 0].reset_index(drop=True))
    return Pieces(
        cells=cells,
        items=items,
        unseen=int(unseen.sum()),
        impossible=int(impossible.sum()),
        uncounted=int(uncounted.sum()),
    )


def _grouped(cells: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give near-duplicates one number, and describe the items."""
    one = cells.sort_values("published_on", kind="stable").drop_duplicates(
        "content_id", keep="last"
    )
    one = one.sort_values("content_id", kind="stable").reset_index(drop=True)
    group = near_duplicates(one["title"].tolist())
    number = dict(zip(one["content_id"], group.tolist(), strict=True))
    cells = cells.assign(item=cells["content_id"].map(number).astype("int64"))
    last = one.assign(item=group).sort_values("published_on", kind="stable")
    items = last.drop_duplicates("item", keep="last").set_index("item").sort_index()
    copies = last.groupby("item").size()
    # A Moment has no title: its day and the end of its number are what people know it by.
    number = items["content_id"].astype(str).str.rsplit(":", n=1).str[-1]
    named = items["published_on"].dt.strftime("%Y-%m-%d") + " " + number
    has = items["title"].map(lambda title: isinstance(title, str) and bool(title.strip()))
    topics = last.groupby("item")["topics"].agg(_joined)
    items = pd.DataFrame(
        {
            "content_id": items["content_id"],
            "title": items["title"].where(has, named).astype(str),
            "titled": has,
            "published_on": items["published_on"],
            "slot": items["slot"],
            "copies": copies,
            "topics": topics,
        }
    )
    return cells, items.reset_index(drop=True)


def _joined(lists: Iterable[object]) -> list[str]:
    return sorted({word for entry in lists for word in tags(entry)})
