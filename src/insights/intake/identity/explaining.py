# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Explaining: why do these ids belong to one customer, and why does that one not?

The answer is read from the evidence in the lake. A phone is shown by the first letters of its
keyed digest; it is not known here either.
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from typing import Any, Literal

import pyarrow as pa

from insights import schema
from insights.errors import DataError
from insights.intake.identity import evidence
from insights.intake.identity.evidence import IDS, LINKS
from insights.intake.identity.grouping import GUARDS, Guards, group
from insights.intake.identity.naming import ALIAS
from insights.settings import Brand, Settings
from insights.store.engine import connect, quoted
from insights.store.loads import lake_folder, read_current
from insights.store.views import select_declared

Status = Literal["oldest", "joined", "native", "alias", "shared", "review", "staff", "withdrawn"]

_SHOWN = 8  # Letters of a phone's digest: enough to tell two apart.
_MOST = 200  # Pieces of evidence that did not join; a hub has thousands.
# The less a kind of id is to be trusted, the longer the way over it: chains go over the best.
_DOUBT = {"member_no": 1, "unionid": 2, "openid": 3, "external_userid": 3, "phone": 9}


@dataclass(frozen=True)
class Step:
    """One record's claim: the record known by `left` says that `right` is the same person."""

    evidence: str
    left: str
    right: str
    first_seen_at: datetime
    last_seen_at: datetime
    snapshot_at: datetime | None


@dataclass(frozen=True)
class Link:
    """One id of a customer, or one that was kept out.

    `status` says how: the `oldest` id, one `joined` to it over `steps`, one that a source gives
    `native`; an `alias`, a name that the customer had; or a claim that joined nobody, because the
    phone is `shared`, the group is in `review`, the id is of `staff`, or it was `withdrawn`.
    """

    id: str
    status: Status
    steps: tuple[Step, ...] = ()
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None


@dataclass(frozen=True)
class Case:
    """Something for a person to look at: a shared phone, or a group too large for one person."""

    kind: Literal["shared", "review"]
    id: str
    reason: str
    ids: int
    customers: tuple[str, ...]


def why(settings: Settings, brand: Brand, customer_id: str) -> list[Link]:
    """Explain a customer: every id with the chain of evidence, then what was kept out.

    Raises
    ------
    DataError
        If no id leads to such a customer.
    """
    with closing(_Lake(settings, brand)) as lake:
        return lake.why(customer_id)


def cases(settings: Settings, brand: Brand, *, guards: Guards = GUARDS) -> list[Case]:
    """List the shared phones and the groups in review, the largest first."""
    with closing(_Lake(settings, brand)) as lake:
        return lake.cases(guards)


class _Lake:
    """The tables of the visible load, whatever the day."""

    def __init__(self, settings: Settings, brand: Brand) -> None:
        self.brand = brand
        self.connection = connect(settings, brand)
        folder = lake_folder(settings, brand)
        found = read_current(folder)
        tables = found.tables if found else {}
        for name in ("identities", "customers"):
            files = tables[name].files if name in tables else ()
            rows = select_declared(folder / name, files, schema.get(name), self.connection)
            self.connection.execute(f"CREATE VIEW {name} AS {rows}")
        self.links = evidence.counting_links(folder, tables.get(LINKS), self.connection)
        self.connection.execute(f"CREATE VIEW links AS {self.links}")

    def close(self) -> None:
        self.connection.close()

    def why(self, asked: str) -> list[Link]:
        alias_of = self._all(
            f"SELECT customer_id FROM identities WHERE id_type = '{ALIAS}' "
            f"AND id_value = {quoted(asked)}"
        )
        customer = alias_of[0][0] if alias_of else asked
        mine = self._all(
            f"""SELECT id_type, namespace, id_value, method, first_seen_at, last_seen_at
            FROM identities WHERE customer_id = {quoted(customer)}
            ORDER BY first_seen_at, id_type, namespace, id_value"""
        )
        if not mine:
            raise DataError(
                f"No id leads to a customer '{asked}' of '{self.brand.name}'. Take the id from a "
                "report or from the table `customers`."
            )
        aliases = [row for row in mine if row[0] == ALIAS]
        native = [row for row in mine if row[3] == "native"]
        ids = [row for row in mine if row not in aliases and row not in native]
        self._take({tuple(row[:3]) for row in ids + native})
        touching = self._touching()
        chains = _chains([tuple(row[:3]) for row in ids], touching)
        links = [
            Link(_shown(row[:3]), status, chains.get(tuple(row[:3]), ()), *row[4:])
            for status, row in _told(ids, native, aliases)
        ]
        return links + self._kept_out(touching)

    def cases(self, guards: Guards) -> list[Case]:
        ids, left, right = evidence.number(self.connection, self.links)
        grouping = group(ids, left, right, guards)
        members: dict[tuple[Literal["shared", "review"], int], list[int]] = {}
        for phone in grouping.shared.nonzero()[0]:
            members["shared", int(phone)] = []
        near = grouping.shared[left] | grouping.shared[right]
        for one, other in zip(left[near].tolist(), right[near].tolist(), strict=True):
            for phone, claimant in ((one, other), (other, one)):
                if grouping.shared[phone]:
                    members["shared", phone].append(claimant)
        for node in grouping.review.nonzero()[0]:
            members.setdefault(("review", int(grouping.case[node])), []).append(int(node))
        found = [self._case(kind, node, held) for (kind, node), held in members.items()]
        return sorted(found, key=lambda case: (-case.ids, case.id))

    def _case(self, kind: Literal["shared", "review"], node: int, members: list[int]) -> Case:
        (row,) = self._all(f"SELECT id_type, namespace, id_value FROM {IDS} WHERE node = {node}")
        self.connection.register("members", pa.table({"node": pa.array(members, pa.int64())}))
        kinds = self._all(
            f"SELECT id_type, count(*) FROM {IDS} SEMI JOIN members USING (node) GROUP BY 1 "
            "ORDER BY 2 DESC, 1"
        )
        customers = self._all(
            f"""SELECT DISTINCT customer_id FROM {IDS} n JOIN members USING (node)
            JOIN identities i USING (id_type, namespace, id_value) ORDER BY 1 LIMIT {_MOST}"""
        )
        reason = ", ".join(f"{count} {kind}" for kind, count in kinds)
        return Case(kind, _shown(row), reason, len(members), tuple(c for (c,) in customers))

    def _take(self, ids: set[tuple[Any, ...]]) -> None:
        """Make the table `mine` of the customer's ids."""
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE mine (id_type TEXT, namespace TEXT, id_value TEXT)"
        )
        if ids:
            self.connection.executemany("INSERT INTO mine VALUES (?, ?, ?)", sorted(ids))

    def _touching(self) -> list[tuple[Any, ...]]:
        """Return the claims about the customer's ids, each with what is known of both its ends."""
        ends = {
            side: f"{side}_type = {side[0]}.id_type AND {side}_namespace = {side[0]}.namespace "
            f"AND {side}_value = {side[0]}.id_value"
            for side in ("left", "right")
        }
        return self._all(
            f"""SELECT evidence, left_type, left_namespace, left_value, right_type,
                right_namespace, right_value, first_seen_at, last_seen_at, snapshot_at, counts,
                l.id_type IS NOT NULL AS left_mine, r.id_type IS NOT NULL AS right_mine
            FROM links LEFT JOIN mine l ON {ends["left"]} LEFT JOIN mine r ON {ends["right"]}
            WHERE l.id_type IS NOT NULL OR r.id_type IS NOT NULL
            ORDER BY counts DESC, first_seen_at, evidence,
                left_type, left_namespace, left_value, right_type, right_namespace, right_value"""
        )

    def _kept_out(self, touching: list[tuple[Any, ...]]) -> list[Link]:
        out = []
        for row in touching:
            own = row[11] and row[12]
            if row[10] and own:
                continue
            if row[1:4] == row[4:7]:
                continue  # That the record is there, and no claim.
            other = row[4:7] if row[11] else row[1:4]
            status = self._status(other) if row[10] else "withdrawn"
            out.append(Link(_shown(other), status, (_step(row),), row[7], row[8]))
            if len(out) == _MOST:
                break
        return out

    def _status(self, other: tuple[Any, ...]) -> Status:
        """Say why a claim that counts joined nobody."""
        where = " AND ".join(
            f"{column} = {quoted(value)}"
            for column, value in zip(("id_type", "namespace", "id_value"), other, strict=True)
        )
        held = self._all(
            f"""SELECT coalesce(c.is_staff, false) FROM identities i
            LEFT JOIN customers c ON c.customer_id = i.customer_id WHERE {where}"""
        )
        mine = self._all(
            """SELECT 1 FROM mine JOIN identities USING (id_type, namespace, id_value)
            JOIN customers USING (customer_id) WHERE is_staff LIMIT 1"""
        )
        if mine or (held and held[0][0]):
            return "staff"
        if held or other[0] != "phone":
            return "review"
        ((claimants,),) = self._all(
            f"""SELECT coalesce(max(people), 0) FROM (
                SELECT left_type, count(DISTINCT left_value) AS people FROM links
                WHERE counts AND right_type = 'phone' AND right_value = {quoted(other[2])}
                GROUP BY left_type
            )"""
        )
        return "shared" if claimants > GUARDS.claimants else "review"

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.connection.execute(sql).fetchall()
        return found


def _told(ids: list[Any], native: list[Any], aliases: list[Any]) -> list[tuple[Status, Any]]:
    told: list[tuple[Status, Any]] = [("native", row) for row in native]
    told += [("joined" if number or native else "oldest", row) for number, row in enumerate(ids)]
    return told + [("alias", row) for row in aliases]


def _chains(
    ids: list[tuple[Any, ...]], touching: list[tuple[Any, ...]]
) -> Mapping[tuple[Any, ...], tuple[Step, ...]]:
    """Return how each id hangs together with the oldest, over the evidence trusted most."""
    claims: dict[tuple[Any, ...], list[tuple[tuple[Any, ...], tuple[Any, ...]]]] = {}
    for row in touching:
        if row[10] and row[11] and row[12]:
            claims.setdefault(row[1:4], []).append((row[4:7], row))
            claims.setdefault(row[4:7], []).append((row[1:4], row))
    found: dict[tuple[Any, ...], tuple[Step, ...]] = {}
    ahead: list[tuple[int, int, tuple[Any, ...], tuple[Step, ...]]] = (
        [(0, 0, ids[0], ())] if ids else []
    )
    turn = 0
    while ahead:
        doubt, _, here, steps = heappop(ahead)
        if here in found:
            continue
        found[here] = steps
        for there, row in claims.get(here, []):
            if there not in found:
                turn += 1
                more = max(_DOUBT.get(here[0], 4), _DOUBT.get(there[0], 4))
                heappush(ahead, (doubt + more, turn, there, (*steps, _step(row))))
    # That a record of the oldest id is there is all the evidence that it needs.
    alone = tuple(_step(row) for row in claims_of(touching, ids[:1]))
    return {**found, **({ids[0]: alone} if ids else {})}


def claims_of(touching: list[tuple[Any, ...]], ids: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the records that are known by one of the ids."""
    return [row for row in touching if row[10] and row[1:4] in ids and row[1:4] == row[4:7]]


def _step(row: tuple[Any, ...]) -> Step:
    return Step(row[0], _shown(row[1:4]), _shown(row[4:7]), *row[7:10])


def _shown(parts: Any) -> str:
    kind, namespace, value = parts
    return f"{kind}:{namespace}:{value[:_SHOWN] + '…' if kind == 'phone' else value}"
