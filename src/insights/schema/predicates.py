"""Everything that a row of a table must satisfy, derived from its declaration in one place.

Plain predicates for one SQL pass: each must be TRUE or NULL, and `$now` is the end of the day of
loading. Names stand in double quotes, because `at` is a reserved word.
"""

from collections.abc import Iterator

from insights.schema.model import COMMON, TIMES, Column, Rule, Table


def all_columns(table: Table) -> tuple[Column, ...]:
    """Return the table's own columns and then the common ones: the columns of the lake."""
    return table.columns + COMMON


def rules(table: Table) -> tuple[Rule, ...]:
    """Return what every row must satisfy: derived from the columns first, then the table's own.

    Of the common columns only those in the key are checked: the loader itself writes the others.
    """
    checked = (*table.columns, *(column for column in COMMON if column.name in table.key))
    derived = (rule for column in checked for rule in _of_column(column))
    return (*derived, *table.rules)


def reasons(table: Table) -> list[tuple[str, str]]:
    """Return each reason for refusing a row with the SQL predicate that must hold.

    Examples
    --------
    >>> from insights import schema
    >>> dict(reasons(schema.get("refunds")))["amount_not_positive"]
    '"amount" > 0'
    """
    return [(rule.name, rule.sql) for rule in rules(table)]


def _of_column(column: Column) -> Iterator[Rule]:
    name, it = column.name, f'"{column.name}"'
    if column.type in {"id", "text"}:
        # Unknown is NULL, never '': a blank key would merge strangers.
        filled = f"TRIM({it}) <> ''"
        if column.required:
            filled = f"{it} IS NOT NULL AND {filled}"
            yield _rule(column, "missing", filled, f"{name} is missing.", f"缺少 {name}。")
        else:
            blank = f"{name} is blank; unknown must be NULL."
            yield _rule(column, "blank", filled, blank, f"{name} 为空串，未知应为 NULL。")
    elif column.required:
        present = f"{it} IS NOT NULL"
        yield _rule(column, "missing", present, f"{name} is missing.", f"缺少 {name}。")
    if column.values:
        listed = ", ".join(f"'{value}'" for value in column.values)
        known = f"{it} IN ({listed})"
        en = f"{name} is none of the words that it may be."
        yield _rule(column, "unknown", known, en, f"{name} 不在允许的取值之内。")
    yield from _of_range(column)
    if column.type in TIMES and not column.plan:
        time = it if column.type == "timestamp" else f"CAST({it} AS TIMESTAMP)"
        en = f"{name} lies in the future."
        yield _rule(column, "in_future", f"{time} <= $now", en, f"{name} 在未来。")


def _of_range(column: Column) -> Iterator[Rule]:
    name, it = column.name, f'"{column.name}"'
    if column.minimum == 0:
        en = f"{name} is below zero."
        yield _rule(column, "negative", f"{it} >= 0", en, f"{name} 小于零。")
    elif column.minimum is not None:
        en = f"{name} is below {column.minimum}."
        zh = f"{name} 小于 {column.minimum}。"
        yield _rule(column, "too_low", f"{it} >= {column.minimum}", en, zh)
    if column.maximum is not None:
        en = f"{name} is above {column.maximum}."
        zh = f"{name} 大于 {column.maximum}。"
        yield _rule(column, "too_high", f"{it} <= {column.maximum}", en, zh)
    elif column.type == "number":
        # NaN counts as greater than every number in DuckDB and in Spark, so this refuses it too.
        en = f"{name} is not a finite number."
        yield _rule(column, "not_finite", f"ABS({it}) < 1e300", en, f"{name} 不是有限数值。")


def _rule(column: Column, what: str, sql: str, en: str, zh: str) -> Rule:
    return Rule(name=f"{column.name}_{what}", sql=sql, en=en, zh=zh)
