"""Sections: which results does the manager's page show in full, and which in one line each?

A manager reads a handful of figures, and a phone opens a light file. The results that the top of
the page speaks of are shown, then what is new since the last report, then what was found, in the
notebook's order. Every other result keeps its sentence, gathered under one heading; its figure and
its table are on the analyst's page, where nothing is left out. Questions that the data could not
answer are gathered as well, so that what is known stands out.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from insights.reporting import outputs
from insights.reporting.page import (
    Block,
    Checked,
    Evidence,
    Further,
    Need,
    NotEnough,
    Question,
    Unanswered,
)
from insights.results.bundle import ANALYST, Bundle
from insights.results.choosing import first
from insights.wording import _, say

MAX_SECTIONS = 6


@dataclass(frozen=True)
class Found:
    """A result of an executed notebook, and whether its cell is for the analyst alone."""

    bundle: Bundle
    analyst_only: bool = False


def found_in(notebook: Any) -> dict[int, Found]:
    """Return each result of an executed notebook by the `id` of its output, in order."""
    return {
        id(output): Found(bundle, ANALYST in cell.get("metadata", {}).get("tags", ()))
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.get("outputs", ())
        if (bundle := outputs.bundle_of(output.get("data", {}))) is not None
    }


def news_of(meta: Mapping[str, Any]) -> set[str]:
    """Words of the claims that the last report did not say, or said the other way."""
    report = (meta.get("since") or {}).get("report") or {}
    claims = report.get("claims") or {}
    return {*claims.get("appeared", ()), *(after for _before, after in claims.get("flipped", ()))}


def chosen(found: Mapping[int, Found], news: Collection[str] = ()) -> set[int]:
    """Return the keys of the evidence that a manager is shown in full."""
    said: set[str] = set()
    for result in found.values():
        if result.bundle.kind == "answer":
            said |= {claim.text for claim in first(result.bundle.claims, news)}

    def rank(key: int) -> tuple[bool, ...]:
        claims = found[key].bundle.claims
        return (
            not any(claim.text in said for claim in claims),
            not any(claim.text in news for claim in claims),
            all(claim.undecided for claim in claims),
        )

    # What the top of the page says has its evidence below, whomever the notebook meant it for.
    offered = [
        key
        for key, result in found.items()
        if result.bundle.kind == "evidence"
        if not result.analyst_only or any(claim.text in said for claim in result.bundle.claims)
    ]
    return set(sorted(offered, key=rank)[:MAX_SECTIONS])


def gathered(blocks: Iterable[Block], further: Iterable[str]) -> list[Block]:
    """Return the manager's blocks: what was left out and what has no answer in one place each."""
    kept: list[Block] = []
    silent: list[NotEnough] = []
    for block in blocks:
        if isinstance(block, NotEnough):
            silent.append(block)
        else:
            kept.append(block)
    said = {sentence for block in kept if isinstance(block, Checked) for sentence in block.claims}
    after = 1 + max(
        (n for n, block in enumerate(kept) if isinstance(block, Evidence)), default=len(kept) - 1
    )
    put: list[Block] = []
    if left := [sentence for sentence in further if sentence not in said]:
        put.append(Further(say(_("What else was found")), left))
    if len(silent) == 1:
        put += silent
    elif silent:
        put.append(Unanswered(say(_("What these data cannot answer")), _once(silent)))
    return [*kept[:after], *put, *kept[after:]]


def _once(silent: Iterable[NotEnough]) -> list[Need]:
    """Say each reason once, under all its questions, and each need once, under all its reasons."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for block in silent:
        reasons.setdefault(block.needs, {}).setdefault(block.because, []).append(block.heading)
    return [
        Need(
            needs,
            [
                Question(list(dict.fromkeys(filter(None, headings))), because)
                for because, headings in asked.items()
            ],
        )
        for needs, asked in reasons.items()
    ]
