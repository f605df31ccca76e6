"""Tiles: a figure with its interval, what it is compared with, and a small line of its past."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

from markupsafe import Markup

from insights.reporting.saying import plainly, size
from insights.results.bundle import Scalar, TilePart
from insights.wording import _, say

Tone = Literal["good", "bad", "flat"]
_WIDTH, _HEIGHT = 96, 26


@dataclass(frozen=True)
class TileView:
    """A tile, said."""

    label: str
    value: str
    interval: str
    level: str
    arrow: str
    change: str
    verdict: str
    tone: Tone
    spark: Markup
    spark_said: str
    note: str


def tile_view(tile: TilePart) -> TileView:
    """Say a tile in the voice in force."""
    value, low, high = (plainly(v, tile.kind) for v in (tile.value, tile.low, tile.high))
    arrow, change, verdict, tone = _change(tile)
    seen = [x for x in tile.trend if x is not None]
    return TileView(
        label=tile.label,
        value=value,
        interval="" if tile.low is None or tile.high is None else f"{low} – {high}",
        level=plainly(tile.confidence, "percent"),
        arrow=arrow,
        change=change,
        verdict=verdict,
        tone=tone,
        spark=sparkline(tile.trend),
        spark_said=say(
            _("{n:count} periods, from {first:text} to {last:text}"),
            {
                "n": len(seen),
                "first": plainly(seen[0], tile.kind),
                "last": plainly(seen[-1], tile.kind),
            },
        )
        if len(seen) > 1
        else "",
        note=tile.note or "",
    )


def since_last(tile: TilePart, meta: Mapping[str, Any]) -> TilePart:
    """Compare a tile that names no comparison with the last report, where there was one.

    What it is compared with is the last report's day as today's data and code see it, so that late
    refunds and the like are no change of the business (see `runs.changes`).
    """
    report = (meta.get("since") or {}).get("report") or {}
    found = next((t for t in report.get("tiles") or () if t.get("label") == tile.label), None)
    moved = ((found or {}).get("parts") or {}).get("new_period")
    value = tile.value
    if tile.before is not None or not _number(moved) or not _number(value):
        return tile
    against = say(_("the last report, {day:text}"), {"day": str(report.get("as_of") or "")})
    return tile.model_copy(update={"before": value - moved, "against": against})


def sparkline(values: list[float | None]) -> Markup:
    """Return a line of the past, oldest first, broken where a value is missing; '' below two."""
    seen = [v for v in values if v is not None]
    if len(seen) < 2:
        return Markup()
    low, spread = min(seen), (max(seen) - min(seen)) or 1.0
    across = (_WIDTH - 6) / (len(values) - 1)
    runs: list[list[str]] = [[]]
    last = ""
    for n, value in enumerate(values):
        if value is None:
            runs.append([])
            continue
        last = f"{2 + n * across:.1f},{_HEIGHT - 3 - (value - low) / spread * (_HEIGHT - 6):.1f}"
        runs[-1].append(last)
    lines = Markup().join(
        Markup('<polyline points="{}"/>').format(" ".join(run)) for run in runs if len(run) > 1
    )
    x, y = last.split(",")
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" preserveAspectRatio="xMinYMid"'
        ' aria-hidden="true" focusable="false">{}'
        '<circle cx="{}" cy="{}" r="2.5"/></svg>'
    ).format(_WIDTH, _HEIGHT, lines, x, y)


def _change(tile: TilePart) -> tuple[str, str, str, Tone]:
    """Return (arrow, sentence, verdict, tone) of a tile against what it is compared with."""
    now, before = tile.value, tile.before
    if isinstance(now, str) or isinstance(before, str) or now is None or before is None:
        return "", "", "", "flat"
    against = tile.against or say(_("the time before"))
    moved = float(now) - float(before)
    if tile.kind == "percent" or not before:
        by = size(moved, tile.kind)
    else:
        by = plainly(abs(moved / float(before)), "percent")
    facts = {"size": by, "before": plainly(before, tile.kind), "against": against}
    if moved == 0:
        return "=", say(_("as {against:text}"), facts), "", "flat"
    sentence = say(
        _("{size:text} above {against:text} ({before:text})")
        if moved > 0
        else _("{size:text} below {against:text} ({before:text})"),
        facts,
    )
    arrow = "▲" if moved > 0 else "▼"
    if not _known(tile.low, tile.high):
        return arrow, sentence, "", "flat"
    if _may_be_chance(tile, float(before)):
        return arrow, sentence, say(_("within the interval: may be chance")), "flat"
    if tile.good == "neither":
        return arrow, sentence, "", "flat"
    better = (moved > 0) == (tile.good == "up")
    return arrow, sentence, say(_("better") if better else _("worse")), "good" if better else "bad"


def _may_be_chance(tile: TilePart, before: float) -> bool:
    """Tell whether the two values may be one: their intervals meet, or one holds the other."""
    low, high = _ends(tile.low, tile.high)
    if _known(tile.before_low, tile.before_high):
        before_low, before_high = _ends(tile.before_low, tile.before_high)
        return low <= before_high and before_low <= high
    return low <= before <= high


def _known(low: Scalar, high: Scalar) -> bool:
    return _number(low) and _number(high)


def _number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _ends(low: Scalar, high: Scalar) -> tuple[float, float]:
    return float(low or 0), float(high or 0)
