"""docs/tables.md, made from the declarations.

Run `python -m insights.schema.document > docs/tables.md` after changing one.
"""

import sys

from insights.schema.declarations import get, names
from insights.schema.model import COMMON, Column, Rule, Table

_OPENING = """\
# Canonical tables 标准表

Made from `src/insights/schema/declared/*.toml` by `python -m insights.schema.document`; a test
compares the two. Change the declaration, not this page.

Every source is brought into these {count} tables, and everything above reads only them; the last,
the evidence that identities are worked out from, is read by nothing else.

- An id is text, never a number. Unknown is NULL, never 0 and never an empty text.
- Money is `DECIMAL(18,2)` in the brand's currency; a time is a naive timestamp of the brand's wall
  clock and ends in `_at`, a day in `_on`.
- The words of an enum are closed: a word of a source that is not mapped to one stops the file.
- **Key** columns identify a row: the latest export of a key wins, and a row without it is refused.
- A row that breaks a rule goes to quarantine with the reasons, all of them. Those below hold for
  every column; a table's own rules stand under its columns. That no order is refunded more than was
  paid needs two tables, and is no rule of a row.
- Views show the rows whose **event time** is at or before `as_of`. The lake is **partitioned** by
  the month of a time that never changes.
- A column marked *personal* names one person and never leaves the lake in a page or an export; one
  marked *plan* may lie in the future, all other times may not.

| reason | a row is refused when the column | 拒收原因 |
| --- | --- | --- |
| `<column>_missing` | is required and NULL, or blank | 必填列缺失或为空串 |
| `<column>_blank` | is optional and an empty text, not NULL | 选填列为空串，未知应为 NULL |
| `<column>_unknown` | is an enum and holds another word | 取值不在枚举之内 |
| `<column>_negative`, `_too_low`, `_too_high` | lies outside its range | 超出取值范围 |
| `<column>_not_finite` | is NaN or infinite | 不是有限数值 |
| `<column>_in_future` | is a time after the day of loading, and no plan | 时间晚于载入当日 |
"""


def markdown() -> str:
    """Return the whole page."""
    contents = "\n".join(f"- [`{name}`](#{name}) {get(name).en} {get(name).zh}" for name in names())
    common = "\n".join(
        (
            "## Common columns 公共列",
            "",
            "Every table has these as well; the loader writes them.",
            "",
            *_columns(COMMON, ()),
        )
    )
    opening = _OPENING.format(count=len(names())) + "\n" + contents
    return "\n\n".join((opening, *(_section(get(name)) for name in names()), common)) + "\n"


def _section(table: Table) -> str:
    kept = [("Key", ", ".join(f"`{name}`" for name in table.key))]
    kept += [
        (label, f"`{name}`")
        for label, name in (("Partition", table.partition), ("Event time", table.event_time))
        if name
    ]
    facts = " · ".join(f"**{label}** {names}" for label, names in kept)
    lines = [
        f"## {table.name}",
        "",
        f"**{table.en}** {table.zh}. {table.grain}",
        "",
        facts,
        "",
        *_columns(table.columns, table.key),
    ]
    if table.rules:
        lines += ["", "Rules of its own:", "", *(_rule(rule) for rule in table.rules)]
    return "\n".join(lines)


def _columns(columns: tuple[Column, ...], key: tuple[str, ...]) -> list[str]:
    head = ["| column | type | unit | required | meaning | 含义 |", "|" + " --- |" * 6]
    return [*head, *(_row(column, column.name in key) for column in columns)]


def _row(column: Column, in_key: bool) -> str:
    name = f"**`{column.name}`**" if in_key else f"`{column.name}`"
    marks = "".join(f", *{mark}*" for mark in ("personal", "plan") if getattr(column, mark))
    words = f" One of: {', '.join(f'`{value}`' for value in column.values)}." * bool(column.values)
    cells = (
        name,
        column.type + marks,
        " ".join(filter(None, (column.unit, _range(column)))),
        "yes" if column.required else "",
        column.en + words,
        column.zh,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _range(column: Column) -> str:
    if column.minimum is None and column.maximum is None:
        return ""
    if column.maximum is None:
        return f"≥ {column.minimum}"
    if column.minimum is None:
        return f"≤ {column.maximum}"
    return f"{column.minimum}–{column.maximum}"


def _rule(rule: Rule) -> str:
    return f"- `{rule.name}` unless `{rule.sql}`: {rule.en} {rule.zh}"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(markdown())
