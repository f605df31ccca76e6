"""Ages: how new is what a row tells, so that an older export that comes later takes nothing back?

A row has the age of the newest export that told of it (`told_at`). Where a column is known from an
older one only, `told_earlier` says so: `;store_id=2026-01-03 10:00:00;`, with nothing behind the
sign where that age is not known. Of two values the newer stays; where either age is unknown, the
one that was loaded later.
"""

from insights import schema
from insights.store.engine import identifier, quoted

AGE, EARLIER = "told_at", "told_earlier"
COLUMNS = (AGE, EARLIER)


def aged(table: schema.Table) -> tuple[str, ...]:
    """Return the columns of which the newest known value stays."""
    return tuple(c.name for c in table.columns if c.merge == "known" and c.name not in table.key)


def age(column: str, row: str) -> str:
    """Return the SQL of how new a column's value is in the row with an alias.

    Examples
    --------
    >>> age("city", "o").endswith("ELSE o.told_at END")
    True
    """
    mark = f";{column}="
    return (
        f"CASE WHEN contains(coalesce({row}.{EARLIER}, ''), {quoted(mark)}) THEN TRY_CAST("
        f"regexp_extract({row}.{EARLIER}, {quoted(f'{mark}([^;]*)')}, 1) AS TIMESTAMP) "
        f"ELSE {row}.{AGE} END"
    )


def merged_earlier(table: schema.Table, old: str, new: str) -> str:
    """Return the SQL of `told_earlier` of two rows that become one.

    A value that both say is as new as the newer of the two.
    """
    told = f"greatest({new}.{AGE}, {old}.{AGE})"
    said = ", ".join(
        f"{{'name': {quoted(name)}, 'was': {old}.{c} IS NOT NULL, 'is': {new}.{c} IS NOT NULL, "
        f"'same': coalesce({old}.{c} = {new}.{c}, false)}}"
        for name in aged(table)
        for c in [identifier(name)]
    )
    # A list that is looked through: written out by column, it takes longer to plan than to do.
    ages = f"""list_transform(list_filter([{said}], lambda x: x.was OR x."is"), lambda x: {{
        'x': x, 'first': {_age_of("x.name", old)}, 'then': {_age_of("x.name", new)}}})"""
    newer = f"""list_transform({ages}, lambda y: {{'name': y.x.name, 'age': CASE
        WHEN NOT y.x."is" THEN y.first WHEN NOT y.x.was THEN y."then"
        WHEN y.x.same OR y."then" IS NOT NULL THEN greatest(y.first, y."then") END}})"""
    listed = f"""list_transform(list_filter({newer}, lambda z: z.age IS DISTINCT FROM {told}),
        lambda z: z.name || '=' || coalesce(CAST(z.age AS VARCHAR), ''))"""
    # Rows of two exports that are equally new, as of one that is loaded again, need no closer look.
    return (
        f"CASE WHEN {old}.{identifier(table.key[0])} IS NULL THEN {new}.{EARLIER} "
        f"WHEN {new}.{AGE} IS NOT DISTINCT FROM {old}.{AGE} AND {new}.{EARLIER} IS NULL "
        f"AND {old}.{EARLIER} IS NULL THEN NULL "
        f"ELSE ';' || nullif(array_to_string({listed}, ';'), '') || ';' END"
    )


def folded_earlier(table: schema.Table, row: str) -> str:
    """Return the SQL of `told_earlier` over all rows of a key, none of which has one yet."""
    values = {}
    for name in aged(table):
        there = f"{row}.{identifier(name)} IS NOT NULL"
        values[name] = (
            f"bool_or({there})",
            f"arg_max({row}.{AGE}, {row}._nth) FILTER ({there} AND {row}.{AGE} IS NOT NULL)",
        )
    told = f"max({row}.{AGE})"
    differ = f"{told} > min({row}.{AGE}) OR count({row}.{AGE}) < count(*)"
    return f"CASE WHEN {differ} THEN {_listed(values, told)} END"


def is_outdated(table: schema.Table, old: str, new: str) -> str:
    """Return the SQL of whether a row says of something else than a newer one does."""
    lost = " OR ".join(
        f"({new}.{c} <> {old}.{c} AND {age(name, new)} < {age(name, old)})"
        for name in aged(table)
        for c in [identifier(name)]
    )
    older = f"{new}.{AGE} < {old}.{AGE} OR {new}.{EARLIER} IS NOT NULL"
    return f"CASE WHEN {older} THEN coalesce({lost or 'false'}, false) ELSE false END"


def _age_of(name: str, row: str) -> str:
    """Return the SQL of `age` of a column whose name is a value."""
    mark = f"';' || {name} || '='"
    return (
        f"CASE WHEN {row}.{EARLIER} IS NULL OR NOT contains({row}.{EARLIER}, {mark}) "
        f"THEN {row}.{AGE} ELSE TRY_CAST(string_split(string_split({row}.{EARLIER}, {mark})[2], "
        f"';')[1] AS TIMESTAMP) END"
    )


def _listed(values: dict[str, tuple[str, str]], told: str) -> str:
    """Return the SQL of the list of known values that are not as new as the row."""
    parts = ", ".join(
        f"CASE WHEN ({known}) AND ({value}) IS DISTINCT FROM {told} "
        f"THEN {quoted(name + '=')} || coalesce(CAST(({value}) AS VARCHAR), '') END"
        for name, (known, value) in values.items()
    )
    return f"';' || nullif(concat_ws(';', {parts}), '') || ';'" if parts else "NULL"
