"""Which exports fill a column, and what does a word of the business mean?"""

from collections.abc import Iterator
from importlib.resources import files

import pandas as pd

from insights import schema, sources
from insights.errors import ParameterError, UnknownTable
from insights.sources.adapter import REFERENCES
from insights.store.describe import describe


def described(name: str) -> pd.DataFrame:
    """Describe a table, a mart or a column, and say of a table's columns which systems fill them.

    Returns
    -------
    DataFrame, one row per column
        As `store.describe` has it; of a canonical table also ``filled_by``, the systems whose
        exports hold it. A table of a warehouse (`ins.load_table`) may fill any. Where there is no
        such table, one row per word of the glossary (docs/glossary.md) that has the name in it:
        ``word``, ``word_zh``, ``meaning``, ``unit``.

    Raises
    ------
    UnknownTable
        If there is neither.
    """
    if not isinstance(name, str):
        raise ParameterError(
            f"A table, a mart or a column is described by its name, such as 'orders.paid_amount'; "
            f"found a {type(name).__name__}."
        )
    try:
        frame = describe(name)
    except UnknownTable as error:
        asked = name.strip().lower().replace("_", " ")
        words = [row for row in glossary() if asked and asked in f"{row[0]} {row[1]}".lower()]
        if not words:
            raise UnknownTable(
                f"{error} Nor is it a word of the glossary. Tab after the quote lists tables and "
                "marts."
            ) from None
        return pd.DataFrame(words, columns=["word", "word_zh", "meaning", "unit"])
    table = name.partition(".")[0]
    if table not in schema.names():
        return frame
    fills: dict[str, set[str]] = {}
    for adapter in sources.adapters():
        for block in adapter.blocks:
            if block.table == table:
                known = REFERENCES if adapter.identity else ()
                for column in (*block.values, *known):  # noqa: PD011 - a mapping, no frame
                    fills.setdefault(column, set()).add(adapter.source.name)
    filled = [", ".join(sorted(fills.get(column, ()))) for column in frame["column"]]
    return frame.assign(filled_by=filled)


def glossary() -> Iterator[tuple[str, str, str, str]]:
    """Return the words of docs/glossary.md: English, Chinese, meaning, unit."""
    has_unit = False
    for line in (files("insights.lab") / "glossary.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == "English":
            has_unit = cells[-1] == "unit"
        elif line.startswith("| ") and not cells[0].startswith("-"):
            meaning = cells[2:-1] if has_unit else cells[2:]
            # Rates are told by two columns: of whom, and who of them counts.
            yield cells[0], cells[1], ": ".join(meaning), cells[-1] if has_unit else ""
