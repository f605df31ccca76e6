"""Drivers: what about a piece foretells its response, tried on pieces that came later?

A difference that was found in old pieces is advice only if it foretold newer ones: each trait is
learned from the pieces up to a day and tried on those that followed, several times over.
"""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import expit

from insights.analyses.engagement.pieces import Pieces, read_pieces
from insights.analyses.engagement.quality import design
from insights.charts import marks
from insights.models.mixed import BinomialMixed
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.90
DAYS = 540
CUTS = (0.5, 0.625, 0.75, 0.875)
MIN_ITEMS = 60
RESAMPLES = 1_000
SEED = 11
# What is always known of a look: the place and before whom.
GIVEN = ("slot", "fall", "chosen", "audience", "source")
TRAITS = {
    "topic": _("topic"),
    "words": _("words of the title"),
    "format": _("format"),
    "author": _("author"),
    "when": _("weekday and time of day"),
}
FORETELLS = _("foretells")
NOT_SHOWN = _("not shown")
_TITLE = _("What foretells a response")


@dataclass(frozen=True, eq=False, kw_only=True)
class Drivers(Result):
    """How much each trait foretells of later pieces. One row per trait.

    `skill` is the share of the squared error of the logit that knowing the trait removes, beyond
    place and audience, on pieces that came later; `low`, `high` its 90% interval over pieces.
    `spread` is how far levels of the trait lie apart (standard deviation of the logit).
    """

    name = "drivers"
    columns = {
        "trait": Column(_("What is known of a piece"), "said"),
        "levels": Column(_("Levels"), "count"),
        "spread": Column(_("Levels lie apart, log odds"), "number"),
        "skill": Column(_("Error removed, later pieces"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "verdict": Column(_("Verdict"), "said"),
    }

    def plot(self) -> "Axes":
        """Draw the skill of each trait."""
        return marks.dots(
            self.table.assign(
                trait=[say(trait) for trait in self.table["trait"]],
                stands_out=self.table["verdict"] == FORETELLS,
            ),
            name="trait",
            value="skill",
            low="low",
            high="high",
            emphasis="stands_out",
            kind="percent",
            xlabel=_("error removed on later pieces"),
            reference=0.0,
            reference_label=_("no use"),
        )


def drivers(pieces: pd.DataFrame, *, as_of: date, days: int = DAYS) -> Drivers | NotEnoughData:
    """Try each trait on pieces that came after those that it was learned from.

    Parameters
    ----------
    pieces : DataFrame, one row per (content, audience, source)
        See `read_pieces`; of one kind.
    as_of : date
        Last day of complete data.
    days : int, default 540
        Pieces published in so many days up to `as_of`.
    """
    read = read_pieces(pieces, as_of=as_of, days=days)
    facts: dict[str, Any] = {
        "as_of": as_of, "days": days, "confidence": CONFIDENCE, "items": len(read.items),
        "min_items": MIN_ITEMS, "answered": int(read.cells["answered"].sum()),
    }  # fmt: skip
    terms, levels, _randomised = design(read) if len(read.items) >= MIN_ITEMS else ({}, {}, None)
    known = [name for name in TRAITS if name in terms]
    if not known or not 0 < facts["answered"] < read.cells["trials"].sum():
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{items:count} pieces of the {days:days} up to {as_of:day} are too few, or nothing "
                "is known of them but their place and audience."
            ),
            needs=_(
                "Needed: {min_items:count} pieces with answers, and their topics, titles, formats "
                "or authors."
            ),
            facts=facts,
        )
    errors, full, later = _tried(read, terms, known)
    rows = [
        {
            "trait": TRAITS[name],
            "levels": len(levels[name]),
            "spread": float(full.spreads_.loc[name, "spread"]),
            **_skill(errors["nothing"], errors[name]),
        }
        for name in known
    ]
    table = pd.DataFrame(rows)
    table["verdict"] = np.where(table["low"] > 0, FORETELLS, NOT_SHOWN)
    table = table.sort_values("skill", ascending=False, kind="stable").reset_index(drop=True)
    best = table.iloc[0]
    facts |= {
        "traits": len(table),
        "later": later,
        "shown": int((table["verdict"] == FORETELLS).sum()),
        "best": best["trait"],
        "best_skill": float(best["skill"]),
        "best_low": float(best["low"]),
        "best_high": float(best["high"]),
    }
    return Drivers(
        table=table,
        facts=facts,
        claims=(_claim(facts),),
        caveats=(
            _(
                "What foretells a response need not cause it: who writes about what, and when, was "
                "chosen by people who expected something of it."
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Share of the error that knowing a trait removes on {later:count} pieces published "
            "later; lines are {confidence:percent} intervals"
        ),
        meaning=_("Advice may rest on filled dots only: the others did not foretell anything."),
        alt=_("Dot chart of {traits:count} traits by the error that they remove on later pieces."),
    )


def _claim(facts: dict[str, Any]) -> Claim:
    if not facts["shown"]:
        return Claim(
            key="no_style",
            undecided=True,
            topic="drivers",
            place="evidence",
            message=_(
                "No style of content can be told apart: of {traits:count} traits tried on "
                "{later:count} later pieces, none foretold their response."
            ),
            holds=[Holds("no interval lies above zero", facts["shown"] == 0)],
        )
    return Claim(
        key="driver",
        topic="drivers",
        place="evidence",
        message=_(
            "Of what is known of a piece, {best:said} foretells its response best: it removes "
            "{best_skill:percent} ({best_low:percent}–{best_high:percent}) of the error on "
            "{later:count} later pieces."
        ),
        holds=[
            Holds("its interval lies above zero", facts["best_low"] > 0),
            Holds("a trait foretells", facts["shown"] > 0),
        ],
    )


def _tried(
    read: Pieces, terms: dict[str, Any], known: list[str]
) -> tuple[dict[str, np.ndarray], BinomialMixed, int]:
    """Return squared errors of later items without and with each trait, and the full model."""
    cells, items = read.cells, read.items
    order = items["published_on"].rank(method="first").to_numpy() / len(items)
    of_cell = order[cells["item"].to_numpy()]
    always = [name for name in (*GIVEN, "item") if name in terms]
    errors: dict[str, list[np.ndarray]] = {name: [] for name in ("nothing", *known)}
    edges = (*CUTS, 1.0)
    for cut, end in pairwise(edges):
        before, after = of_cell <= cut, (of_cell > cut) & (of_cell <= end)
        y, n = cells["answered"].to_numpy(), cells["trials"].to_numpy()
        if not 0 < y[before].sum() < n[before].sum() or not after.any():
            continue
        for name, gathered in errors.items():
            used = always + ([name] if name != "nothing" else [])
            model = BinomialMixed(own=read.repeated).fit(
                y[before], n[before], {key: _rows(terms[key], before) for key in used}
            )
            expected = np.full(int(after.sum()), model.intercept_)
            for key in used:
                if key != "item":
                    expected += _known(_rows(terms[key], after), model.effects_[key])
            gathered.append(_squared(cells[after], y[after], n[after], expected))
    used = always + known
    full = BinomialMixed(own=read.repeated).fit(
        cells["answered"], cells["trials"], {key: terms[key] for key in used}
    )
    joined = {name: np.concatenate(parts) for name, parts in errors.items()}
    return joined, full, int(joined["nothing"].size)


def _squared(cells: pd.DataFrame, y: np.ndarray, n: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return each item's squared error on the logit scale, one count each way added."""
    frame = pd.DataFrame(
        {"item": cells["item"].to_numpy(), "y": y, "n": n, "mean": n * expit(expected)}
    )
    sums = frame.groupby("item").sum()
    found = np.log((sums["y"] + 0.5) / (sums["n"] - sums["y"] + 0.5))
    told = np.log((sums["mean"] + 0.5) / (sums["n"] - sums["mean"] + 0.5))
    return np.asarray((found - told) ** 2, dtype=np.float64)


def _rows(term: Any, where: np.ndarray) -> Any:
    return term[np.flatnonzero(where)] if sparse.issparse(term) else np.asarray(term)[where]


def _known(term: Any, effects: np.ndarray) -> np.ndarray:
    """Return the effect of each cell's level; a level that was never seen has none."""
    if sparse.issparse(term):
        return np.asarray(term @ effects)
    codes = np.asarray(term)
    seen = (codes >= 0) & (codes < effects.size)
    return np.where(seen, effects[np.where(seen, codes, 0)] if effects.size else 0.0, 0.0)


def _skill(without: np.ndarray, with_it: np.ndarray) -> dict[str, float]:
    """Return the share of error removed, with its interval over items."""
    random = np.random.default_rng(SEED)
    drawn = random.integers(without.size, size=(RESAMPLES, without.size))
    found = 1 - with_it.sum() / without.sum()
    again = 1 - with_it[drawn].sum(axis=1) / without[drawn].sum(axis=1)
    low, high = np.quantile(again, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return {"skill": float(found), "low": min(float(low), found), "high": max(float(high), found)}
