"""History: what was offered in every load so far, and what became of it, as the load logs tell.

The names of files stay out: whoever names a file may name a person in it. A file is told by the
first letters of its digest.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insights.errors import LakeError
from insights.store.loads import LOADS, UNPROVEN

if TYPE_CHECKING:
    import pandas as pd

FORGET = "forget"  # The source of a load that took somebody out.
FORGOTTEN = "forgotten"  # Why a row of theirs is left out of later loads.
# Amounts of which none is a part of another: lines are parts of their orders.
_AMOUNTS = ("orders.paid_amount", "refunds.amount", "costs.amount", "memberships.fee_amount")
SHORT = 12  # Letters of a digest that still tell a million files apart.

# Columns of each frame with their types, so that a lake without a log answers in the same form.
FILES = {
    "load_id": "str",
    "loaded_at": "datetime64[us]",
    "source": "str",
    "file": "str",
    "rows_read": "int64",
    "rows_used": "int64",
    "rows_skipped": "int64",
    "rows_refused": "int64",
    "rows_repeated": "int64",
    "first_at": "datetime64[us]",
    "last_at": "datetime64[us]",
    "tables": "object",
    "unknown_headers": "object",
    "missing_columns": "object",
    "remarks": "object",
    "totals_checked": "int64",
    "totals_off": "float64",
    "money_held": "float64",
    "money_unheld": "float64",
    "refused_as": "str",
}
ACCOUNTS = {
    "load_id": "str",
    "loaded_at": "datetime64[us]",
    "source": "str",
    "table": "str",
    "rows_in": "int64",
    "kept": "int64",
    "merged": "int64",
    "quarantined": "int64",
}
REFUSALS = {
    "load_id": "str",
    "loaded_at": "datetime64[us]",
    "source": "str",
    "place": "str",
    "reason": "str",
    "rows": "int64",
}


@dataclass(frozen=True)
class _Load:
    load_id: str
    loaded_at: datetime
    log: dict[str, Any]


def files(folder: Path, load_id: str, zone: tzinfo) -> "pd.DataFrame":
    """Return one row per file that was ever offered, up to a load; see `Lake.files`.

    A source that is no file has one row a load.

    Parameters
    ----------
    folder : Path
        The lake's folder.
    load_id : str
        The last load to be told of.
    zone : tzinfo
        On whose wall clock `loaded_at` is said.
    """
    rows: list[dict[str, Any]] = []
    for load in _loads(folder, load_id, zone):
        if load.log.get("source") == FORGET:
            continue  # It brought nothing.
        if "files" not in load.log:
            rows.append(_whole(load))
            continue
        rows += [_file(load, account) for account in load.log["files"]]
        rows += [_refused(load, refusal) for refusal in load.log.get("refused_files", ())]
    return _frame(rows, FILES)


def accounts(folder: Path, load_id: str, zone: tzinfo) -> "pd.DataFrame":
    """Return one row per load and table, up to a load; see `Lake.accounts`."""
    rows = [
        {**{name: table[name] for name in ACCOUNTS if name in table}, **_told(load)}
        for load in _loads(folder, load_id, zone)
        for table in load.log.get("tables", ())
    ]
    return _frame(rows, ACCOUNTS)


def refusals(folder: Path, load_id: str, zone: tzinfo) -> "pd.DataFrame":
    """Return one row per load, table or adapter, and reason, up to a load; see `Lake.refusals`."""
    rows: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for load in _loads(folder, load_id, zone):
        told = _told(load)
        found = [
            (told["source"], table["table"], table.get("reasons", {}))
            for table in load.log.get("tables", ())
        ] + [
            (account["adapter"], account["adapter"], account.get("refused", {}))
            for account in load.log.get("files", ())
        ]
        for source, place, reasons in found:
            for reason, number in reasons.items():
                key = (load.load_id, source, place, reason)
                row = rows.setdefault(
                    key, {**told, "source": source, "place": place, "reason": reason, "rows": 0}
                )
                row["rows"] += number
    return _frame(list(rows.values()), REFUSALS)


def _loads(folder: Path, load_id: str, zone: tzinfo) -> Iterator[_Load]:
    """Yield the loads up to one, oldest first; those that are being written come after it."""
    for path in sorted((folder / LOADS).glob("*.json")):
        if path.stem > load_id:
            continue
        try:
            told = json.loads(path.read_text("utf-8"))
            at = datetime.fromisoformat(told["current"]["loaded_at"])
            log = dict(told.get("log") or {})
        except (ValueError, KeyError, TypeError) as error:
            raise LakeError(
                f"{LOADS}/{path.name} of the lake '{folder.parent.name}' cannot be read, so what "
                "its load brought is not known. Put the file back from a copy."
            ) from error
        yield _Load(path.stem, at.astimezone(zone).replace(tzinfo=None), log)


def _told(load: _Load) -> dict[str, Any]:
    return {
        "load_id": load.load_id,
        "loaded_at": load.loaded_at,
        "source": load.log.get("source", ""),
    }


def _whole(load: _Load) -> dict[str, Any]:
    """Return a load of a source that is no file as one row: its rows are those of its tables."""
    tables = load.log.get("tables", ())
    # What must stay out is no row that waits to be mended.
    left_out = sum(table.get("reasons", {}).get(FORGOTTEN, 0) for table in tables)
    return _told(load) | {
        "file": str(load.log.get("fingerprint", ""))[:SHORT] or None,
        "tables": [table["table"] for table in tables if table["rows_in"]],
        "rows_read": sum(table["rows_in"] for table in tables),
        "rows_used": sum(table["kept"] + table["merged"] for table in tables),
        "rows_skipped": left_out,
        "rows_refused": sum(table["quarantined"] for table in tables) - left_out,
    }


def _file(load: _Load, account: dict[str, Any]) -> dict[str, Any]:
    plain = {name: account[name] for name in FILES if name in account and name != "file"}
    totals = account.get("totals", {}).values()
    return {
        **plain,
        **_told(load),
        "remarks": account.get("remarks") or _earlier_remarks(account),
        "source": account["adapter"],
        "tables": [table for table, rows in account.get("tables", {}).items() if rows],
        "file": str(account.get("sha256", ""))[:SHORT] or None,
        "rows_repeated": account.get("skipped", {}).get("repeated", 0),
        "totals_checked": len(totals),
        "totals_off": max((abs(float(a) - float(b)) for a, b in totals), default=0.0),
        "money_held": _counted(account.get("held", {})),
        "money_unheld": _counted(account.get("unheld", {})),
    }


def _counted(sums: dict[str, str]) -> float:
    """Return what of a file's sums of money is an amount of its own, each yuan once."""
    return sum(float(sums.get(column, 0)) for column in _AMOUNTS)


def _earlier_remarks(account: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the remarks of a log that did not tell their kinds yet."""
    chinese = account.get("unproven", {})
    found = []
    for text in account.get("warnings", ()):
        kind, about = UNPROVEN, ""
        if text not in chinese:
            scope = re.match(r"the file does not say its (\w+)", text)
            kind, about = ("scope", scope[1]) if scope else ("moment", "")
        zh = chinese.get(text, text)
        found.append({"kind": kind, "en": text, "zh": zh, "about": about, "rows": 0})
    return found


def _refused(load: _Load, refusal: dict[str, Any]) -> dict[str, Any]:
    """Return a file that was left out; its source is the adapter that is nearest to it, if any."""
    told = {"source": refusal.get("nearest") or None, "refused_as": refusal["reason"]}
    return _told(load) | told


def _frame(rows: list[dict[str, Any]], columns: dict[str, str]) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 - a frame is a question's answer, not a lake's

    frame = pd.DataFrame(rows, columns=list(columns))
    for name, kind in columns.items():
        if kind == "object":
            listed = [tuple(cell) if isinstance(cell, list) else () for cell in frame[name]]
            frame[name] = pd.Series(listed, index=frame.index, dtype=object)
        elif kind.startswith(("int", "float")):
            frame[name] = frame[name].fillna(0).astype(kind)
        elif kind.startswith("datetime"):
            frame[name] = pd.to_datetime(frame[name], format="ISO8601").astype(kind)
        else:
            frame[name] = frame[name].astype(kind)
    return frame
