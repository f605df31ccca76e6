"""Accounting: is every row that was offered used, skipped or refused, and does the money add up?"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from insights.analyses.health.labels import needed, source_said
from insights.results import Check, Claim, Column, NotEnoughData, Result, Tile
from insights.wording import _

CENT = 0.01
_TITLE = _("What became of every row")
_MONEY = ("totals_checked", "totals_off", "money_held", "money_unheld")
_ROWS = ["rows_read", "rows_used", "rows_skipped", "rows_repeated", "rows_refused"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Accounting(Result):
    """Rows by what became of them. One row per source: rows_read = used + skipped + refused."""

    name = "accounting"
    columns = {
        "source": Column(_("Source"), "said"),
        "files": Column(_("Files"), "count"),
        "rows_read": Column(_("Rows read"), "count"),
        "rows_used": Column(_("Used"), "count"),
        "rows_skipped": Column(_("No records"), "count"),
        "rows_repeated": Column(_("Of these repeated"), "count"),
        "rows_refused": Column(_("In quarantine"), "count"),
        "files_refused": Column(_("Files refused"), "count"),
        "totals_checked": Column(_("Totals checked"), "count"),
        "last_on": Column(_("Last load"), "day"),
    }


def accounting(files: pd.DataFrame, accounts: pd.DataFrame) -> Accounting | NotEnoughData:
    """Add up what became of the rows of every file and of every table.

    Parameters
    ----------
    files : DataFrame, one row per file or load
        `Lake.files`.
    accounts : DataFrame, one row per load and table
        `Lake.accounts`: `rows_in` = `kept` + `merged` + `quarantined`.
    """
    needed(files, "files", {*_ROWS, "source", "loaded_at", "refused_as", *_MONEY})
    needed(accounts, "accounts", {"rows_in", "kept", "merged", "quarantined"})
    if files.empty:
        return NotEnoughData(
            title=_TITLE,
            because=_("No log of a load is there: what became of the rows is not known."),
            needs=_("Needed: a load; every load from now on keeps its log."),
        )
    table = _by_source(files)
    facts: dict[str, Any] = {
        "files": int(files["refused_as"].isna().sum()),
        "loads": files["load_id"].nunique(),
        "sources": int(table["files"].gt(0).sum()),
        **{name.removeprefix("rows_"): int(files[name].sum()) for name in _ROWS},
        "rows_in": int(accounts["rows_in"].sum()),
        "kept": int(accounts["kept"].sum()),
        "merged": int(accounts["merged"].sum()),
    }
    facts["share_used"] = facts["used"] / facts["read"] if facts["read"] else None
    facts["share_merged"] = facts["merged"] / facts["rows_in"] if facts["rows_in"] else None
    return Accounting(
        table=table,
        facts=facts,
        claims=_claims(facts),
        checks=_checks(files, accounts),
        tiles=_tiles(facts),
        title=_TITLE,
        subtitle=_(
            "Rows of {files:count} files and deliveries in {loads:count} loads, by what became of "
            "them; what was loaded again counts again"
        ),
        meaning=_(
            "Rows in quarantine are missing from every other report until they are mended and "
            "loaded again."
        ),
    )


def _by_source(files: pd.DataFrame) -> pd.DataFrame:
    known = files.assign(
        source=files["source"].map(source_said),
        refused=files["refused_as"].notna(),
        taken=files["refused_as"].isna(),
    )
    table = (
        known.groupby("source", sort=False)
        .agg(
            files=("taken", "sum"),
            **{name: (name, "sum") for name in _ROWS},
            files_refused=("refused", "sum"),
            totals_checked=("totals_checked", "sum"),
            last_on=("loaded_at", "max"),
        )
        .reset_index()
    )
    return table.sort_values(["rows_read", "source"], ascending=[False, True], ignore_index=True)


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    claims = []
    if facts["read"]:
        claims.append(
            Claim(
                key="rows_used",
                message=_(
                    "Of {read:count} rows offered in {loads:count} loads, "
                    "{share_used:percent} were used; {refused:count} are in quarantine, "
                    "{skipped:count} were no records."
                ),
            )
        )
    if facts["merged"]:
        claims.append(
            Claim(
                key="rows_merged",
                place="evidence",
                message=_(
                    "{share_merged:percent} of {rows_in:count} rows were in the lake already or "
                    "came again in a later export: each is counted once."
                ),
            )
        )
    return tuple(claims)


def _checks(files: pd.DataFrame, accounts: pd.DataFrame) -> tuple[Check, ...]:
    """Test the sums. What is off is shown and stops nothing: here is where one looks for it."""
    parts = files["rows_used"] + files["rows_skipped"] + files["rows_refused"]
    wrong = int((files["rows_read"] != parts).sum())
    ends = accounts["kept"] + accounts["merged"] + accounts["quarantined"]
    off = int((accounts["rows_in"] != ends).sum())
    totals = int(files["totals_checked"].sum())
    largest = float(files["totals_off"].max())
    money = float(files["money_held"].sum() + files["money_unheld"].sum())
    held = float(files["money_held"].sum()) / money if money else None
    return (
        Check(
            key="file_rows_add_up",
            message=_("Every row of every file is used, skipped or refused."),
            passed=wrong == 0,
            evidence=_("{wrong:count} of {files:count} files do not add up"),
            facts={"wrong": wrong, "files": len(files)},
            stops=False,
        ),
        Check(
            key="table_rows_add_up",
            message=_("Every row offered to a table is kept, merged or in quarantine."),
            passed=off == 0 if len(accounts) else None,
            evidence=_("{off:count} of {accounts:count} accounts do not add up"),
            facts={"off": off, "accounts": len(accounts)},
            stops=False,
        ),
        Check(
            key="money_adds_up",
            message=_("The money of every file is all in its rows, to the cent."),
            passed=largest <= CENT if totals else None,
            evidence=_held(totals, held),
            facts={"totals": totals, "largest": largest, "held": held},
            stops=False,
        ),
    )


def _held(totals: int, held: float | None) -> str:
    if not totals:
        return _("no source gave a total to check")
    if held is None:
        return _("{totals:count} totals checked, the largest difference {largest:money}")
    return _(
        "{totals:count} totals checked, the largest difference {largest:money}; {held:percent} of "
        "the money paid and given back was held against its file"
    )


def _tiles(facts: dict[str, Any]) -> tuple[Tile, ...]:
    if not facts["read"]:
        return ()
    return (
        Tile(
            key="share_used",
            label=_("Rows used"),
            fact="share_used",
            kind="percent",
            good="up",
            note=_("{refused:count} in quarantine"),
        ),
    )
