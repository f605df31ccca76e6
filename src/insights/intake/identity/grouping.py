"""Grouping: which ids hang together, and which evidence is better not believed?

Ids are numbered by age, so that a group is named by its oldest id. A key that many people share
(the phone of a store, a guide's own) joins nobody, and a group too large to be one person is left
apart for somebody to look at: a wrong join mixes two people's orders and messages, a missing one
only counts a person twice.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Codes = npt.NDArray[np.signedinteger]
Flags = npt.NDArray[np.bool_]

NOBODY = -1


@dataclass(frozen=True)
class Guards:
    """Where evidence stops to be believed.

    A phone with more than `claimants` people of one kind of id is shared. A group with more than
    `phones` phones, or more than `ids` ids of one other kind, is put in review.
    """

    claimants: int = 5
    phones: int = 6
    ids: int = 10


GUARDS = Guards()


@dataclass(frozen=True)
class Ids:
    """The ids in order of age: each one's kind as a small number, and what it is.

    Positions take 32 bits and kinds 8: of five million ids each array is 20 MB at most. `anchor`: a
    record is known by it (others are only claimed). `staff`: it never joins.
    """

    kind: Codes
    phone: int  # The number of the kind that is a phone; -1 if there is none.
    anchor: Flags
    staff: Flags

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True)
class Grouping:
    """`root` is the oldest id of each id's group, or NOBODY for one that is nobody's.

    `shared` are the phones that joined nobody; `review` the ids of groups that were left apart,
    and `case` the oldest id of the group that each of those would have been in.
    """

    root: Codes
    shared: Flags
    review: Flags
    case: Codes


def group(ids: Ids, left: Codes, right: Codes, guards: Guards = GUARDS) -> Grouping:
    """Group ids by the pairs that records claim for one person.

    Parameters
    ----------
    ids : Ids
    left, right : arrays of positions in `ids`
        The pairs, each once.
    guards : Guards, optional
    """
    count = len(ids)
    joins = (left != right) & ~ids.staff[left] & ~ids.staff[right]
    left, right = left[joins], right[joins]
    phone = ids.kind == ids.phone
    by_phone = phone[left] | phone[right]
    trusted = roots(count, left[~by_phone], right[~by_phone])
    shared = _shared(ids, trusted, left[by_phone], right[by_phone], guards)
    joins = ~shared[left] & ~shared[right]
    case = roots(count, left[joins], right[joins])
    review = _too_large(ids, case, guards)[case]
    root = np.where(review, np.arange(count, dtype=case.dtype), case)
    # What is only claimed belongs to whoever claims it, and here that is not known.
    root[(review | ids.staff) & ~ids.anchor] = NOBODY
    root[shared] = NOBODY
    return Grouping(root, shared, review, case)


def roots(count: int, left: Codes, right: Codes) -> Codes:
    """Return for each of `count` ids the oldest one that it hangs together with."""
    ages = np.arange(count, dtype=np.int32)
    if not len(left):
        return ages
    links = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(count, count))
    groups, label = connected_components(links, directed=False)
    oldest = np.empty(groups, np.int32)
    oldest[label[::-1]] = ages[::-1]  # The last one written is the oldest.
    return cast("Codes", oldest[label])


def _shared(ids: Ids, trusted: Codes, left: Codes, right: Codes, guards: Guards) -> Flags:
    """Find phones with too many people, an id of a person of one kind counting once.

    One person has many ids, one or few of each kind: ids that better evidence joins count once.
    """
    phone = ids.kind == ids.phone
    ends = [(left[phone[left]], right[phone[left]]), (right[phone[right]], left[phone[right]])]
    phones, claimants = (np.concatenate(part) for part in zip(*ends, strict=True))
    shared = np.zeros(len(ids), bool)
    if not len(phones):
        return shared
    kinds = int(ids.kind.max()) + 1
    # A phone, a kind and a person are one number: of ten million ids and fourteen kinds it takes
    # 51 bits.
    claims = (phones.astype(np.int64) * kinds + ids.kind[claimants]) * len(ids)
    claims += trusted[claimants]
    keys, people = np.unique(np.unique(claims) // len(ids), return_counts=True)
    shared[keys[people > guards.claimants] // kinds] = True
    return shared


def _too_large(ids: Ids, root: Codes, guards: Guards) -> Flags:
    kinds = int(ids.kind.max()) + 1 if len(ids) else 1
    keys, held = np.unique(root.astype(np.int64) * kinds + ids.kind, return_counts=True)
    limit = np.where(keys % kinds == ids.phone, guards.phones, guards.ids)
    large = np.zeros(len(ids), bool)
    large[keys[held > limit] // kinds] = True
    return large
