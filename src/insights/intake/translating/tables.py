# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Tables: the SQL that makes rows of canonical tables of the rows of a file.

Reads the view `good`: the rows of a file that are records, refused by nothing, each once.
"""

from collections.abc import Iterable, Iterator

from insights import schema
from insights.sources.adapter import ID_TYPES, REFERENCES, Adapter, Block, Id, Identity, inherited
from insights.sources.values import (
    POSITION,
    Aggregate,
    First,
    Header,
    Literal,
    OfOrder,
    Plain,
    Share,
    Sql,
    Template,
    Value,
    columns_of,
    quoted_names,
)
from insights.store.engine import identifier, quoted

# A bit for each word of a status, so that the words of many lines are one number.
_STATUS = schema.get("orders").column("status").values
_AFTER = ("paid", "shipped", "done")
_BACK = ("part_refunded", "closed_refunded")
_POSITION = "_position"
# What these say of an order, whatever moment stands beside: it is not paid in full.
_NOT_PAID = ("unpaid", "deposit_paid", "cancelled_unpaid")


def select(adapter: Adapter, block: Block) -> str:
    """Return the SELECT of a block's rows.

    An order that is not paid in full has no `paid_at`: exports fill it with the time of a deposit.
    """
    rows = _select(adapter, block)
    if block.table != "orders" or not {"status", "paid_at"} <= {*block.values}:
        return rows
    words = ", ".join(map(quoted, _NOT_PAID))
    paid = f"CASE WHEN status NOT IN ({words}) THEN paid_at END"
    return f"SELECT * REPLACE ({paid} AS paid_at) FROM ({rows})"


def _select(adapter: Adapter, block: Block) -> str:
    table = schema.get(block.table)
    given = {**inherited(adapter, block), **block.values}
    where = f"WHERE ({block.where})" if block.where else ""
    if not block.grouped:
        columns = [f"{_of_row(n, v)} AS {identifier(n)}" for n, v in given.items()]
        columns += _implied(adapter, table, given, grouped=False)
        # Places and shares are those among all rows of an order, not only the rows taken here.
        rows = "good"
        if any(has_position(value) for value in given.values()):
            position = f"row_number() OVER (PARTITION BY {_order(adapter)} ORDER BY _row)"
            rows = f"(SELECT *, {position} AS {_POSITION} FROM {rows})"
        if shares := {n: v for n, v in given.items() if isinstance(v, Share)}:
            rows = _with_shares(adapter, shares, rows)
        return f"SELECT _row, {', '.join(columns + _told(adapter))} FROM {rows} {where}"
    by = key_columns(adapter, block)
    columns = [
        f"{_of_rows(adapter, name, value, by)} AS {identifier(name)}"
        for name, value in given.items()
    ]
    columns += _implied(adapter, table, given, grouped=True)
    grouping = f"GROUP BY {', '.join(by)}" if by else "HAVING count(*) > 0"
    columns += _told(adapter, "max")
    return f"SELECT min(_row) AS _row, {', '.join(columns)} FROM good {where} {grouping}"


def key_columns(adapter: Adapter, block: Block) -> list[str]:
    """Return the file's columns that the key of a block is made of."""
    given = {**inherited(adapter, block), **block.values}
    names = [name for key in block.key if key in given for name in columns_of(given[key])]
    return [identifier(name) for name in dict.fromkeys(names)]


def order(adapter: Adapter) -> Plain | None:
    """Return what says for each row of the file to which order it belongs, if something does."""
    for table in ("orders", "order_lines"):
        for block in adapter.blocks:
            if block.table == table:
                value = block.values["order_id"]
                return None if isinstance(value, Aggregate | Share) else value
    return None


def order_columns(adapter: Adapter) -> set[str]:
    """Return the declared columns, of all that `order` is made of, however far back."""
    value = order(adapter)
    return made_of(adapter, columns_of(value)) if value else set()


def made_of(adapter: Adapter, names: Iterable[str]) -> set[str]:
    """Return the declared columns that some columns are made of, however far back."""
    left, found = list(names), set[str]()
    while left:
        name = left.pop()
        if name in found:
            continue
        found.add(name)
        if name in adapter.derive:
            left += quoted_names(adapter.derive[name])
        if name in adapter.scope:
            left += adapter.scope[name].columns
    return found & set(adapter.kinds)


def has_position(value: Value) -> bool:
    """Whether a template counts the rows of an order."""
    return isinstance(value, Template) and (POSITION, True) in value.parts


def of_row(value: Plain, position: str = "NULL") -> str:
    """Return the SQL of a value that one row gives by itself."""
    match value:
        case Header(name):
            sql = identifier(name)
        case First(names):
            sql = f"coalesce({', '.join(identifier(name) for name in names)})"
        case Template():
            pieces = [
                (position if piece == POSITION else f"CAST({identifier(piece)} AS VARCHAR)")
                if is_hole
                else quoted(piece)
                for piece, is_hole in value.parts
            ]
            sql = f"({' || '.join(pieces)})"
        case Literal(bool() as literal):
            sql = "true" if literal else "false"
        case Literal(str() as literal):
            sql = quoted(literal)
        case Literal(literal):
            sql = str(literal)
        case Sql(text):
            sql = f"({text})"
        case OfOrder():
            sql = identifier(value.column)
    return sql


def links(adapter: Adapter, identity: Identity) -> str:
    """Return the SELECT of the rows of `identity_links`: what the file claims of people."""
    ranked = by_trust(identity)
    anchors = [i for i in ranked if i.type == identity.anchor] if identity.anchor else ranked
    snapshot = "exported_at" if identity.snapshot else "CAST(NULL AS TIMESTAMP)"
    said = [(identifier(n), of_row(value)) for n, value in adapter.attributes.items()]
    told = "".join(f", {name}" for name, _ in said)
    telling = "".join(f", {value} AS {name}" for name, value in said)
    # What a person is like is said once, beside the id that the record is known by.
    is_own = "(right_type, right_namespace, right_value) = (left_type, left_namespace, left_value)"
    newest = "".join(
        f", CASE WHEN {is_own} THEN arg_max({name}, (_at, _row)) END AS {name}" for name, _ in said
    )
    staff = ", true AS is_staff" if identity.is_staff else ""
    claimed = [(one, _text(one)) for one in ranked] + _phones_of_cards(adapter, identity)
    claims = " UNION ALL ".join(
        f"""SELECT _row, left_type, left_namespace, left_value, {quoted(one.type)} AS right_type,
        {_namespace(one)} AS right_namespace, {value} AS right_value, _at, exported_at{told}
        FROM anchored WHERE right_value IS NOT NULL AND right_namespace IS NOT NULL"""
        for one, value in claimed
    )
    return f"""WITH anchored AS (
        SELECT *, {_best(anchors, "type")} AS left_type, {_best(anchors, "namespace")}
            AS left_namespace, {_best(anchors, "value")} AS left_value,
            coalesce({identifier(identity.at)}, exported_at) AS _at{telling}
        FROM good WHERE left_value IS NOT NULL
    )
    SELECT min(_row) AS _row, {quoted(adapter.name)} AS evidence,
        left_type, left_namespace, left_value, right_type, right_namespace, right_value,
        min(_at) AS first_seen_at, max(_at) AS last_seen_at, any_value({snapshot}) AS snapshot_at
        {staff}{newest}
    FROM ({claims})
    GROUP BY left_type, left_namespace, left_value, right_type, right_namespace, right_value"""


def _phones_of_cards(adapter: Adapter, identity: Identity) -> list[tuple[Id, str]]:
    """Return the phones that facts give for a card's number, each with the SQL of its keyed id.

    At a till a member says the phone, and it is typed where the card belongs. In a list of members
    the number of a card may be a phone that was given up since, and another column has today's.
    """
    if identity.snapshot or identity.is_staff:
        return []
    return [
        (
            Id(type="phone", namespace="global", column=one.column),
            f"CASE WHEN regexp_full_match({_text(one)}, '[0-9a-f]{{64}}') THEN {_text(one)} END",
        )
        for one in identity.ids
        if adapter.kinds.get(one.column) == "card"
    ]


def reference(identity: Identity) -> str:
    """Return the SQL of the best id of a row's person, as `type:namespace:value`."""
    ranked = by_trust(identity)
    cases = " ".join(
        f"WHEN {_there(one)} THEN {quoted(one.type + ':')} || {_namespace(one)} || ':' || "
        f"{_text(one)}"
        for one in ranked
    )
    return f"CASE {cases} END"


def by_trust(identity: Identity) -> list[Id]:
    """Return its ids, the most trusted kind first."""
    return sorted(identity.ids, key=lambda one: ID_TYPES.index(one.type))


def judged(table: str) -> Iterator[tuple[str, str]]:
    """Yield each reason for which a row of a table would be refused, with what must hold."""
    for reason, sql in schema.reasons(schema.get(table)):
        yield f"{table}.{reason}", sql


def _told(adapter: Adapter, how: str = "") -> list[str]:
    """Return the column of how new a row is, where rows say when they were last changed."""
    changed = adapter.rows.changed_at
    return [f"{how}({identifier(changed)}) AS _told_at"] if changed else []


def _of_row(name: str, value: Value) -> str:
    match value:
        case Share():
            return identifier(f"_share_{name}")
        case Aggregate():
            raise TypeError(value)
    return of_row(value, _POSITION)


def _of_rows(adapter: Adapter, name: str, value: Value, by: list[str]) -> str:
    """Return the SQL of one value of many rows; not told how, of the first that has one."""
    if isinstance(value, Share):
        raise TypeError(value)
    if not isinstance(value, Aggregate):
        one = of_row(value)
        names = {identifier(column) for column in columns_of(value)}
        is_constant = isinstance(value, Literal) or (names and names <= set(by))
        return one if is_constant else f"arg_min({one}, _row)"
    one = of_row(value.operand)
    if value.how == "rollup":
        return _rolled_up(one)
    return {
        "sum": f"sum({one})",
        "once": f"max({one})",
        "greatest": f"max({one})",
        "least": f"min({one})",
        "any": f"coalesce(bool_or({one}), false)",
        "all": f"coalesce(bool_and({one}), false)",
        "last": f"arg_max({one}, _row)",
    }[value.how]


def _rolled_up(status: str) -> str:
    """Return the SQL of the status of an order, from those of its lines.

    It is as far as its slowest line that is paid for; money back for some of them is a refund of a
    part. A line that was never paid says nothing beside one that was.
    """
    bits = " ".join(f"WHEN {quoted(word)} THEN {1 << n}" for n, word in enumerate(_STATUS))
    mask = f"bit_or(CASE {status} {bits} ELSE 0 END)"

    def among(*words: str) -> str:
        return f"({mask} & {sum(1 << _STATUS.index(word) for word in words)}) > 0"

    order = ("part_refunded", "closed_refunded", *_AFTER, "deposit_paid", "unpaid")
    cases = " ".join(f"WHEN {among(word)} THEN {quoted(word)}" for word in order)
    return f"""CASE WHEN {among(*_AFTER)} AND {among(*_BACK)} THEN 'part_refunded' {cases}
        WHEN {among("cancelled_unpaid")} THEN 'cancelled_unpaid' END"""


def _with_shares(adapter: Adapter, shares: dict[str, Share], rows: str) -> str:
    """Return the rows with each one's share of its order's amounts, to the cent.

    Every row gets its share rounded down; the cents that are left over go to the largest
    remainders, of equal ones to the first row. Rows without any weight share evenly.
    """
    order = f"PARTITION BY {_order(adapter)}"
    levels: list[list[str]] = [[], [], [], []]
    for name, share in shares.items():
        total, weight, weights, part, rest = (
            identifier(f"_{what}_{name}") for what in ("total", "weight", "weights", "part", "rest")
        )
        by = f"CAST(greatest(coalesce({of_row(share.by)}, 0), 0) * 100 AS HUGEINT)"
        levels[0] += [
            f"CAST(CAST({of_row(share.of)} AS DECIMAL(18,2)) * 100 AS HUGEINT) AS {total}",
            f"CASE WHEN sum({by}) OVER ({order}) = 0 THEN CAST(1 AS HUGEINT) ELSE {by} END "
            f"AS {weight}",
        ]
        levels[1] += [f"CAST(sum({weight}) OVER ({order}) AS HUGEINT) AS {weights}"]
        levels[2] += [
            f"abs({total}) * {weight} // {weights} AS {part}",
            f"abs({total}) * {weight} % {weights} AS {rest}",
        ]
        extra = (
            f"CASE WHEN row_number() OVER ({order} ORDER BY {rest} DESC, _row) "
            f"<= abs({total}) - sum({part}) OVER ({order}) THEN 1 ELSE 0 END"
        )
        cents = f"sign({total}) * ({part} + {extra})"
        levels[3] += [
            f"CAST(CAST({cents} AS DECIMAL(18,0)) * CAST('0.01' AS DECIMAL(3,2)) "
            f"AS DECIMAL(18,2)) AS {identifier(f'_share_{name}')}"
        ]
    for level in levels:
        rows = f"(SELECT *, {', '.join(level)} FROM {rows})"
    return rows


def _order(adapter: Adapter) -> str:
    """Return the SQL of what the lines of one order share."""
    value = order(adapter)
    return ", ".join(identifier(name) for name in columns_of(value)) or "1" if value else "1"


def _implied(
    adapter: Adapter, table: schema.Table, given: dict[str, Value], *, grouped: bool
) -> Iterator[str]:
    """Columns that need not be declared: who it was, and that it is nothing special."""
    for column in table.columns:
        if column.name in given:
            continue
        name = identifier(column.name)
        if column.name in REFERENCES and adapter.identity:
            one = reference(adapter.identity)
            yield f"arg_min({one}, _row) AS {name}" if grouped else f"{one} AS {name}"
        elif column.name == "is_test":
            yield f"{'bool_or(_is_test)' if grouped else '_is_test'} AS {name}"
        elif column.type == "boolean" and column.required:
            yield f"false AS {name}"


def _there(one: Id) -> str:
    return f"{identifier(one.column)} IS NOT NULL AND {_namespace(one)} IS NOT NULL"


def _namespace(one: Id) -> str:
    return of_row(Template(one.namespace))


def _text(one: Id) -> str:
    return identifier(one.column)


def _best(ids: list[Id], what: str) -> str:
    said = {"type": lambda one: quoted(one.type), "namespace": _namespace, "value": _text}[what]
    cases = " ".join(f"WHEN {_there(one)} THEN {said(one)}" for one in ids)
    return f"CASE {cases} END"
