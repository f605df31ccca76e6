"""The weekly list: made once, its lots remembered, and handed out again whenever it is asked for.

The first call of a week draws. Every later one finds the lots in the lake and returns the same
people in the same arms; who has withdrawn consent since is left off the sheet, and only there.
"""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock

from insights.actions import lots
from insights.analyses import churn, outreach
from insights.analyses.outreach.drawing import CONTACT
from insights.errors import ParameterError, did_you_mean
from insights.results import NotEnoughData, sheets
from insights.settings import Brand, Settings
from insights.store.disk import flush_files, flush_folders
from insights.store.lake import Lake, open_lake
from insights.wording import Lang, _, translate

FOLDER = "actions"
HEADS = {
    "staff_id": (_("Account"), "text"),
    "contact_ref": (_("Customer's id at WeCom"), "text"),
    "customer_id": (_("Customer"), "text"),
    "reason": (_("Why"), "said"),
    "occasion": (_("Suggested occasion"), "said"),
    "p_silent": (_("Chance of no purchase"), "number"),
    "margin_at_risk": (_("Margin at risk"), "number"),
    # Of every row the same: a sheet is cut up by account, and each part must say it.
    "identified": (_("Share of net sales by known customers"), "number"),
}
ACCOUNTS = "SELECT staff_id FROM staff UNION SELECT staff_id FROM contacts WHERE staff_id <> ''"
REFS = """
SELECT i.customer_id, MIN(i.id_value) AS contact_ref
FROM identities i
WHERE i.id_type = 'external_userid'
GROUP BY i.customer_id
"""


@dataclass(frozen=True, kw_only=True)
class Weekly:
    """A week's list as it was drawn.

    Attributes
    ----------
    listing : Listing or NotEnoughData
        What a page shows of it, or why there is none.
    drawn : bool
        Whether this call drew the lots; False where they were remembered.
    files : tuple of Path
        The sheets that were written.
    """

    week: str
    listing: "outreach.Listing | NotEnoughData"
    drawn: bool
    load_id: str | None = None
    files: tuple[Path, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return what a program needs to know of it; no customer is named."""
        found = self.listing
        told: dict[str, Any] = {
            "week": self.week,
            "drawn": self.drawn,
            "load_id": self.load_id,
            "files": [str(path) for path in self.files],
        }
        if isinstance(found, NotEnoughData):
            return told | {"contact": 0, "hold_out": 0, "refused": found.say(found.because),
                           "needs": found.say(found.needs)}  # fmt: skip
        names = ("contact", "hold_out", "accounts", "share", "margin_at_risk", "cost",
                 "needed_lift", "needed", "weeks_needed")  # fmt: skip
        facts = found.plain_facts()
        return told | {name: facts.get(name) for name in names}


def weekly_list(
    settings: Settings,
    brand: Brand,
    *,
    as_of: date | str | None = None,
    terms: outreach.Terms | None = None,
    purpose: outreach.Purpose = outreach.AT_RISK,
    horizon_days: int = 0,
    folder: Path | None = None,
    lang: Lang | None = None,
    dry: bool = False,
) -> Weekly:
    """Make this week's contact list, remember who is held out, and write the sheets.

    Parameters
    ----------
    settings, brand
        The workspace and the brand in it.
    as_of : date or YYYY-MM-DD, optional
        Last day of complete data; the list is for the week of the day after.
    terms : Terms, optional
        Capacity, margin, cost and the difference to be shown; see `outreach.Terms`. The window in
        which a purchase counts is the forecast's horizon, whatever they say. Accounts' own
        capacities are those of the brand in insights.toml if they name none.
    purpose : Purpose, default AT_RISK
        `outreach.WIN_BACK` lists lapsed customers.
    horizon_days : int, default 0
        Days of the forecast; 0 follows the usual rhythm of purchases, as reports do.
    folder : Path, optional
        Where the sheets go; the brand's own private folder if not given.
    lang : {'zh-CN', 'en'}, optional
        Language of the sheets; the brand's if not given.
    dry : bool, default False
        Show the list without drawing: nothing is remembered or written.

    Returns
    -------
    Weekly
        Where too little is known for a list, its `listing` says so, and nothing was written.

    Raises
    ------
    ParameterError
        If a capacity is declared for an account that the data do not know.
    """
    lake = open_lake(settings, brand.name, as_of=as_of)
    sample = lake.sample()
    horizon = churn.horizon(
        sample.mart("purchase_changes"), as_of=lake.as_of, asked_days=horizon_days
    )
    terms = (terms or outreach.Terms(capacity=purpose.capacity)).over(horizon.days)
    if not terms.capacities:
        terms = replace(terms, capacities=getattr(brand.capacity, purpose.name))
    _known_accounts(lake, terms)
    week, monday = outreach.week_of(lake.as_of)
    if dry:
        return Weekly(week=week, listing=_made(lake, sample, terms, purpose), drawn=False)
    own = settings.data / brand.name / FOLDER
    _private(own)
    # Two calls at once would draw twice; the second one finds what the first has drawn.
    with FileLock(own / f".{week}.lock"):
        before = lots.remembered(settings, brand, as_of=lake.as_of, purpose=purpose)
        found = _made(lake, sample, terms, purpose, drawn=before)
        if isinstance(found, NotEnoughData):
            return Weekly(week=week, listing=found, drawn=False)
        load_id = None
        if before.empty:
            load_id = lots.remember(
                settings,
                brand,
                found.rows,
                week=week,
                monday=monday,
                as_of=lake.as_of,
                purpose=purpose,
            )
        files = _written(lake, found, folder or own, lang or settings.lang_of(brand))
    return Weekly(week=week, listing=found, drawn=load_id is not None, load_id=load_id, files=files)


def _known_accounts(lake: Lake, terms: outreach.Terms) -> None:
    """Refuse a capacity of an account in no table: a slip would hand out too many people."""
    if not terms.capacities:
        return
    known = set(lake.sql(ACCOUNTS)["staff_id"])
    if unknown := sorted(set(terms.capacities) - known):
        raise ParameterError(
            f"A capacity is declared for '{unknown[0]}', and none of {len(known)} accounts is "
            f"called that.{did_you_mean(unknown[0], known)} Correct it in insights.toml, or load "
            "the list of staff."
        )


def _made(
    lake: Lake,
    sample: Lake,
    terms: outreach.Terms,
    purpose: outreach.Purpose,
    drawn: pd.DataFrame | None = None,
) -> outreach.Listing | NotEnoughData:
    return outreach.listing(
        _scored(sample, terms.window_days, purpose),
        lake.mart("contact_people"),
        as_of=lake.as_of,
        watched=outreach.watched(
            lake.mart("assignment_outcomes"),
            as_of=lake.as_of,
            window_days=terms.window_days,
            purpose=purpose,
        ),
        drawn=drawn,
        terms=terms,
        purpose=purpose,
        identified_share=churn.identified_share(lake.mart("identified_sales")),
    )


def _scored(
    sample: Lake, window_days: int, purpose: outreach.Purpose
) -> pd.DataFrame | NotEnoughData:
    """Return today's active customers, or the lapsed ones, with what hangs on them."""
    days = churn.cutoffs(sample.as_of, horizon_days=window_days, first_day=sample.first_day)
    study = churn.study(
        sample.mart("customer_features", as_of=days),
        sample.mart("purchase_changes"),
        as_of=sample.as_of,
        horizon_days=window_days,
        share=sample.share,
    )
    study = churn.for_everyone(study, sample.everyone("customer_features"))
    return churn.scored(study) if purpose is outreach.AT_RISK else churn.lapsed_customers(study)


def _written(lake: Lake, found: outreach.Listing, folder: Path, lang: Lang) -> tuple[Path, ...]:
    """Write the people to contact, never those held out, as CSV and as a workbook."""
    _private(folder)
    people = found.rows[found.rows["arm"] == CONTACT].merge(
        lake.sql(REFS), on="customer_id", how="left"
    )
    people["identified"] = found.facts["identified"]
    heads = [translate(label, lang) for label, _kind in HEADS.values()]
    rows = [
        [
            _cell(value, kind, lang)
            for value, (_label, kind) in zip(row, HEADS.values(), strict=True)
        ]
        for row in people[list(HEADS)].itertuples(index=False)
    ]
    name = outreach.campaign_of(found.week, found.purpose)
    contents = {
        f"{name}.csv": sheets.as_csv(heads, rows),
        f"{name}.xlsx": sheets.as_workbook(name, heads, rows),
    }
    for file, content in contents.items():
        draft = folder / f".{file}.draft"
        draft.touch(mode=0o600)
        draft.write_bytes(content)
        flush_files([draft])
        draft.replace(folder / file)
    flush_folders([folder])
    return tuple(folder / file for file in contents)


def _cell(value: Any, kind: str, lang: Lang) -> sheets.Cell:
    if pd.isna(value):
        return None
    if kind == "number":
        return round(float(value), 4)
    return translate(str(value), lang) if kind == "said" else str(value)


def _private(folder: Path) -> None:
    """Make a folder that only its owner may read; one that is there keeps its own rights."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o700)
