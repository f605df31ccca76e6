"""`Result`: one piece of evidence. Frozen, small, and able to show itself.

The table is tidy, the facts are the numbers that its sentences may use, and the sentences are
templates over those facts. In JupyterLab it shows itself as HTML; for the report exporter it hands
over `application/vnd.insights+json`.
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import pandas as pd

from insights.errors import CannotSay, ClaimNotTrue, DataError, MissingColumns
from insights.results.bundle import Bundle, FilePart, Scalar, scalar, table_bundle
from insights.results.claims import Check, Claim, Tile
from insights.results.groups import SMALLEST_GROUP, shown_groups
from insights.results.html import shown
from insights.wording import _, check_kind, facts_named, say, voice

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Shape = Literal["plain", "triangle"]

_TOO_SMALL = _(
    "{groups:count} groups are not shown, because fewer than {limit:count} people could be told "
    "who they are."
)


@dataclass(frozen=True)
class Column:
    """How a column of a result's table is shown: its label, and the kind of its values.

    `kind` is a kind of `insights.wording`; `shown=False` keeps a column for the CSV alone;
    `people=True` marks the size of a group of people, which is not shown when it is too small.
    """

    label: str
    kind: str = "text"
    shown: bool = True
    people: bool = False

    def __post_init__(self) -> None:
        check_kind(self.kind)


@dataclass(frozen=True, eq=False, kw_only=True)
class Result:
    """One piece of evidence: a tidy table, what may be said of it, and how sure that is.

    Subclasses declare `columns` and may draw with `plot`. `title`, `subtitle`, `meaning`, `alt`
    and each caveat are templates over `facts`, like the claims; what is missing they say as a dash.

    Attributes
    ----------
    table : DataFrame
        Tidy; its grain is in the subclass's docstring.
    facts : mapping
        Every number that the sentences use, by name.
    claims : tuple of Claim
        In order of importance; the first is the headline.
    caveats : tuple of str
        What a reader must know to not be misled.
    checks : tuple of Check
        Tests that the result was put to.
    tiles : tuple of Tile
        Figures for the top of a page.

    Raises
    ------
    ClaimNotTrue, CheckFailed
        If something that it says is not so; see `Claim`, `Check` and `Tile`.
    CannotSay
        If a sentence names a fact that it lacks, or a fact is not a single value.
    MissingColumns
        If the table lacks a column that is declared.
    """

    name: ClassVar[str] = "result"
    columns: ClassVar[Mapping[str, Column]] = {}
    shape: ClassVar[Shape] = "plain"
    pictured: ClassVar[bool] = True  # Whether a page shows the figure; see `as_table`.

    table: pd.DataFrame
    facts: Mapping[str, Any] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    caveats: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    tiles: tuple[Tile, ...] = ()
    title: str = ""
    subtitle: str = ""
    meaning: str = ""
    alt: str = ""

    def __post_init__(self) -> None:
        # Copies, so that what was checked is what is shown: the caller keeps its frame and facts.
        object.__setattr__(self, "table", self.table.copy(deep=False))
        object.__setattr__(self, "facts", dict(self.facts))
        if self.enough and (lacking := set(self.columns) - set(self.table.columns)):
            raise MissingColumns(self.name, lacking, self.table.columns)
        self.plain_facts()  # refuses what is not a single value
        object.__setattr__(self, "claims", tuple(c.about(self.facts) for c in self.claims))
        for text in self._sentences():
            if lacking := set(facts_named(text)) - set(self.facts):
                raise CannotSay(f"{self.name}: '{text}' names facts it lacks: {sorted(lacking)}.")
        for tile in self.tiles:
            tile.refuse_unless_in(self.facts)
        for parts in (self.claims, self.checks, self.tiles):
            keys = [part.key for part in parts]
            if twice := {key for key in keys if keys.count(key) > 1}:
                raise CannotSay(f"{self.name}: the keys {sorted(twice)} are given twice.")
        for claim in self.claims:
            if claim.rows and self.why(claim.key).empty:
                raise ClaimNotTrue(
                    f"The claim '{claim.key}' stands on no rows: none is '{claim.rows}'."
                )

    def _sentences(self) -> tuple[str, ...]:
        return (self.title, self.subtitle, self.meaning, self.alt, *self.caveats)

    @property
    def headline(self) -> Claim | None:
        """The first claim, or None where nothing can be claimed.

        Examples
        --------
        >>> r.headline.text("en") == r.claims[0].text("en")
        True
        """
        return self.claims[0] if self.claims else None

    @property
    def enough(self) -> bool:
        """Whether there was enough data to answer."""
        return True

    def plot(self) -> "Axes | None":
        """Draw the result; None where a table says it better.

        Examples
        --------
        >>> axes = r.plot()
        >>> axes.get_xlabel() != ""
        True
        """
        return None

    def telling_rows(self) -> int | None:
        """How many rows from the first a manager is to see; None for as many as fit.

        The analyst's page and the CSV have all of them.
        """
        return None

    def as_table(self) -> Self:
        """Return a copy that is shown as its table, without a figure that says no more."""
        bare = copy(self)
        object.__setattr__(bare, "pictured", False)
        return bare

    def file(self) -> FilePart | None:
        """Return a text file to be published beside the page; None, as most results have none."""
        return None

    def why(self, claim: int | str = 0) -> pd.DataFrame:
        """Return the rows of the table behind a claim (all of them where it is about all).

        Parameters
        ----------
        claim : int or str
            Its place, from 0, or its key.

        Examples
        --------
        >>> r.why(0).columns.tolist() == r.table.columns.tolist()
        True
        """
        known = {key: c for n, c in enumerate(self.claims) for key in (n, c.key)}
        if claim not in known:
            has = ", ".join(f"{n} = '{c.key}'" for n, c in enumerate(self.claims)) or "no claim"
            raise DataError(f"{self.name} has no claim {claim!r}. It has: {has}.")
        rows = known[claim].rows
        return self.table.query(rows) if rows else self.table.copy(deep=False)

    def compare(self, one: object, other: object) -> pd.DataFrame:
        """Hold two groups against each other, as ``r.compare("live", "store")``.

        One row per measure: both values, their difference, and where the measure has an interval,
        that of the difference and whether it is apart from zero; see `results.comparing`.

        Raises
        ------
        DataError
            If there is no such group; the message has the nearest.

        Examples
        --------
        >>> {"difference", "low", "high", "apart"} <= set(r.compare("douyin", "store").columns)
        True
        """
        from insights.results.comparing import compare  # noqa: PLC0415 - on request

        return compare(self, one, other)

    def to_excel(self, path: str | Path | None = None) -> Path:
        """Write the table as a workbook with the labels of the page; return where it is.

        Groups of fewer than ten people are left out, as on a page.

        Parameters
        ----------
        path : str or Path, optional
            ``<name>.xlsx`` in the current folder if not given.

        Raises
        ------
        DataError
            If there is no table, or the path is no .xlsx.

        Examples
        --------
        >>> r.to_excel("channels.xlsx").name
        'channels.xlsx'
        """
        from insights.results.sheets import write_result  # noqa: PLC0415 - on request

        return write_result(self, Path(path or f"{self.name}.xlsx"))

    def plain_facts(self) -> dict[str, Scalar]:
        """Return the facts as JSON scalars; what is missing is None."""
        return {name: scalar(value) for name, value in self.facts.items()}

    def say(self, message: str) -> str:
        """Say a message over this result's facts, in the voice in force.

        Examples
        --------
        >>> r.say("As of {as_of:day}.")
        'As of 2017-12-31.'
        """
        return say(message, self.facts)

    def bundle(self) -> Bundle:
        """Return everything a page needs of this result, in the voice in force."""
        rows, left_out = shown_groups(self.table, self.columns)
        visible = self._with_rows(rows) if left_out else self
        seen = self.pictured and (len(rows) > 0 or not left_out)
        hidden = [say(_TOO_SMALL, {"groups": left_out, "limit": SMALLEST_GROUP})]
        return Bundle(
            kind="evidence",
            name=self.name,
            lang=voice().lang,
            currency=voice().currency,
            title=self.say(self.title),
            subtitle=self.say(self.subtitle),
            meaning=self.say(self.meaning),
            claims=Bundle.claims_of(self.claims),
            caveats=[self.say(c) for c in self.caveats] + (hidden if left_out else []),
            checks=Bundle.checks_of(self.checks),
            tiles=Bundle.tiles_of(self.tiles, self.facts),
            facts=self.plain_facts(),
            table=table_bundle(rows, self.columns, self.shape),
            telling_rows=visible.telling_rows(),
            svg=visible._drawn() if seen else None,
            alt=self.say(self.alt),
            file=self.file(),
        )

    def _drawn(self) -> str | None:
        from insights.charts import svg, theme  # noqa: PLC0415 - matplotlib loads when drawn

        with theme.applied():
            axes = self.plot()
            return None if axes is None else svg.figure_svg(axes)

    def _with_rows(self, rows: pd.DataFrame) -> Self:
        """Return a copy for drawing that has only some rows; its sentences are checked already."""
        visible = copy(self)
        object.__setattr__(visible, "table", rows)
        return visible

    def _repr_mimebundle_(self, **__: Any) -> dict[str, Any]:
        return shown(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class NotEnoughData(Result):
    """A question that these data cannot answer, with what would answer it.

    It stands where the result would have stood: it has an empty table, no claim and no chart.
    """

    name: ClassVar[str] = "not_enough"

    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    because: str
    needs: str

    def _sentences(self) -> tuple[str, ...]:
        return (*super()._sentences(), self.because, self.needs)

    @property
    def enough(self) -> bool:
        """Never."""
        return False

    def bundle(self) -> Bundle:
        """Return the sentence that stands where the evidence would have."""
        return Bundle(
            kind="not_enough",
            name=self.name,
            lang=voice().lang,
            currency=voice().currency,
            title=self.say(self.title),
            because=self.say(self.because),
            needs=self.say(self.needs),
            caveats=[self.say(caveat) for caveat in self.caveats],
            facts=self.plain_facts(),
        )
