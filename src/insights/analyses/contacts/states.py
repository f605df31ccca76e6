"""States: how many people are in the pool, and of how many was anything heard lately?

People, not friendships: somebody with three guides is one. The clock is the customer's own last
act, a response or a purchase, adding included; what the brand sent does not wind it up again.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.charts import marks
from insights.errors import MissingColumns
from insights.models.intervals import wilson
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACTIVE_DAYS, QUIET_DAYS = 90, 180
WINDOW_DAYS = 90  # In which those of an earlier day are watched for a purchase.
CONFIDENCE = 0.95
ACTIVE, QUIET, DORMANT, LOST = _("active"), _("quiet"), _("dormant"), _("lost")
STATES = (ACTIVE, QUIET, DORMANT, LOST)
NEEDED = {"customer_id", "added_at", "standing", "days_since_added", "days_since_response",
          "days_since_order", "ordered_on", "is_staff"}  # fmt: skip
TITLE = _("How much of the pool is alive")


@dataclass(frozen=True, eq=False, kw_only=True)
class Pool(Result):
    """People who were ever contacts, by what was last heard of them. One row per state.

    `people`, and of them `never`, of whom nothing was heard since they added; `share` of all;
    `bought` with `low` and `high`, of those in the state a window ago the share who bought in it.
    """

    name = "pool"
    columns = {
        "state": Column(_("State"), "said"),
        "people": Column(_("People"), "count", people=True),
        "share": Column(_("Share"), "percent"),
        "never": Column(_("Nothing heard since adding"), "count"),
        "bought": Column(_("Bought within the window after"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw how many people are in each state."""
        return marks.bars(
            self.table, name="state", value="people", emphasis="alive", xlabel=_("people")
        )


def state_of(people: pd.DataFrame) -> pd.Series:
    """Return the state of each person: active, quiet, dormant or lost.

    Parameters
    ----------
    people : DataFrame, one row per person who was ever a contact
        The mart `contact_people`.

    Examples
    --------
    >>> import pandas as pd
    >>> state_of(pd.DataFrame({"standing": [1, 1, 0], "days_since_added": [400, 400, 9],
    ...     "days_since_response": [30, None, 1], "days_since_order": [None, 120, None]})).tolist()
    ['active', 'quiet', 'lost']
    """
    clock = (
        people[["days_since_added", "days_since_response", "days_since_order"]]
        .astype("Float64")
        .min(axis="columns")
        .astype(float)
    )
    named = np.select(
        [people["standing"] == 0, clock <= ACTIVE_DAYS, clock <= QUIET_DAYS],
        [LOST, ACTIVE, QUIET],
        default=DORMANT,
    )
    return pd.Series(named, index=people.index)


def pool(
    people: pd.DataFrame, *, as_of: date, before: pd.DataFrame | None = None
) -> Pool | NotEnoughData:
    """Count the people of the pool by state, and see what the states were worth a window ago.

    Parameters
    ----------
    people : DataFrame, one row per person who was ever a contact
        The mart `contact_people` at `as_of`.
    as_of : date
        Last day of complete data.
    before : DataFrame, optional
        The same mart 90 days earlier: its states are held against who bought since.

    Returns
    -------
    Pool or NotEnoughData

    Raises
    ------
    MissingColumns
    """
    if missing := NEEDED - set(people.columns):
        raise MissingColumns("people", missing, people.columns)
    known = people[~people["is_staff"].astype(bool)]
    if known.empty:
        return no_contacts(TITLE, as_of)
    states = state_of(known)
    heard = known[["days_since_response", "days_since_order"]].notna().any(axis="columns")
    table = pd.DataFrame({"state": STATES})
    table["people"] = [int((states == state).sum()) for state in STATES]
    table["share"] = table["people"] / len(known)
    table["never"] = [int(((states == state) & ~heard).sum()) for state in STATES]
    table["alive"] = table["state"] == ACTIVE
    table[["bought", "low", "high"]] = _worth(known, before)
    facts = _facts(known, table, as_of, before)
    return Pool(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts, table),
        caveats=(
            _(
                "A person who reads and buys without being recognised looks dormant here; "
                "{unlinked:percent} of the contacts have no order that can be linked to them."
            ),
        ),
        checks=(
            Check(
                key="everyone_has_a_state",
                message=_("Every contact is in exactly one state."),
                passed=int(table["people"].sum()) == len(known),
                evidence=_("{people:count} people, {friendships:count} friendships"),
                facts={"people": len(known), "friendships": facts["friendships"]},
            ),
        ),
        tiles=(
            Tile(
                key="contacts",
                label=_("Contacts, as people"),
                fact="contacts",
                kind="count",
                good="up",
                before="contacts_before" if before is not None else None,
                against=_("{window:days} earlier") if before is not None else None,
            ),
            Tile(
                key="active_contacts",
                label=_("Heard of lately"),
                fact="active",
                kind="count",
                good="up",
                before="active_before" if before is not None else None,
                against=_("{window:days} earlier") if before is not None else None,
                note=_("in the last {active_days:days}"),
            ),
        ),
        title=TITLE,
        subtitle=_(
            "People ever added, by the days since their own last act (response, purchase or "
            "adding): up to {active_days:days} active, up to {quiet_days:days} quiet, beyond "
            "dormant; lost when no friendship stands"
        ),
        meaning=_(
            "Messages to the dormant cost as much as messages to the active. The column on the "
            "right says what each state was worth when it was last counted."
        ),
        alt=_(
            "Bar chart of {people:count} people by state, of whom {active:count} were heard of in "
            "the last {active_days:days}."
        ),
    )


def no_contacts(title: str, as_of: date) -> NotEnoughData:
    """Say that no friendship is known, and which exports tell of them."""
    return NotEnoughData(
        title=title,
        because=_("Not one friendship with a guide's account is known up to {as_of:day}."),
        needs=_(
            "Needed: WeCom's customers of each account (externalcontact/batch/get_by_user), and "
            "the events of adding and deleting, or the console's customer list."
        ),
        facts={"as_of": as_of},
    )


def _worth(people: pd.DataFrame, before: pd.DataFrame | None) -> np.ndarray:
    """Return, by state of the earlier day, the share who bought since, with its interval."""
    if before is None or before.empty:
        return np.full((len(STATES), 3), np.nan)
    then = before[~before["is_staff"].astype(bool)]
    states = state_of(then)
    now = people.set_index("customer_id")["ordered_on"].reindex(then["customer_id"])
    # Who has ordered since has a later last day than the one known then.
    earlier = pd.to_datetime(then["ordered_on"]).to_numpy()
    later = pd.to_datetime(now).to_numpy()
    since = ~np.isnat(later) & (np.isnat(earlier) | (later > earlier))
    counts = [((states == s).sum(), since[(states == s).to_numpy()].sum()) for s in STATES]
    size, yes = np.array(counts, dtype=float).T
    low, high = wilson(yes, size, confidence=CONFIDENCE)
    return np.column_stack([np.where(size > 0, yes / np.maximum(size, 1), np.nan), low, high])


def _facts(
    people: pd.DataFrame, table: pd.DataFrame, as_of: date, before: pd.DataFrame | None
) -> dict[str, Any]:
    count = table.set_index("state")["people"]
    standing = people[people["standing"] > 0]
    worth = table.set_index("state")[["bought", "low", "high"]]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "active_days": ACTIVE_DAYS,
        "quiet_days": QUIET_DAYS,
        "window": WINDOW_DAYS,
        "people": len(people),
        "friendships": int(people["friendships"].sum()) if "friendships" in people else None,
        "contacts": len(standing),
        "active": int(count[ACTIVE]),
        "quiet": int(count[QUIET]),
        "dormant": int(count[DORMANT]),
        "lost": int(count[LOST]),
        "never": int(table.loc[table["state"] != LOST, "never"].sum()),
        "unlinked": float(people["days_since_order"].isna().mean()),
        "active_bought": worth.loc[ACTIVE, "bought"],
        "active_bought_low": worth.loc[ACTIVE, "low"],
        "dormant_bought": worth.loc[DORMANT, "bought"],
        "dormant_bought_high": worth.loc[DORMANT, "high"],
    }
    if before is not None:
        then = before[~before["is_staff"].astype(bool)]
        facts["contacts_before"] = int((then["standing"] > 0).sum())
        facts["active_before"] = int((state_of(then) == ACTIVE).sum()) if len(then) else 0
    return facts


def _claims(facts: dict[str, Any], table: pd.DataFrame) -> tuple[Claim, ...]:
    claims = [
        Claim(
            key="pool",
            message=_(
                "{contacts:count} people are contacts; {active:count} of them were heard of in the "
                "last {active_days:days}, {dormant:count} are dormant."
            ),
        )
    ]
    if facts["active_bought_low"] > facts["dormant_bought_high"]:  # False where one is not known.
        claims.append(
            Claim(
                key="states_tell",
                message=_(
                    "Of those active {window:days} ago {active_bought:percent} bought since, of "
                    "the dormant {dormant_bought:percent}: the states tell people apart."
                ),
                holds=[
                    Holds(
                        "the intervals of the shares lie apart",
                        facts["active_bought_low"] > facts["dormant_bought_high"],
                    )
                ],
                place="evidence",
            )
        )
    return tuple(claims)
