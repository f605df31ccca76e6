"""The canonical tables as data: what each column means, in which unit, and what a row must satisfy.

Every source is brought into these 16 tables; everything above reads only them. Beside them stands
`identity_links`, the evidence that `identities` is worked out from. Each is declared in
`declared/<name>.toml`, and `docs/tables.md` is made from the same files.
"""

from insights.schema.declarations import DeclarationError, get, names
from insights.schema.model import COMMON, Column, Rule, Table
from insights.schema.predicates import all_columns, reasons, rules

__all__ = [
    "COMMON",
    "Column",
    "DeclarationError",
    "Rule",
    "Table",
    "all_columns",
    "get",
    "names",
    "reasons",
    "rules",
]
