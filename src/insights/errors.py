"""The error tree. Every message says what was wrong, what was found and what to do.

A message never carries personal data: name columns, tables, files and counts, not people.
"""

import sqlite3
from collections.abc import Collection, Iterable
from difflib import get_close_matches

FEW = 15  # So many names can still be read in a hint.


class InsightsError(Exception):
    """Root of everything this package raises on purpose; the CLI prints it without a traceback."""


class SettingsError(InsightsError):
    """`insights.toml` or the environment says something that cannot be."""


class NoWorkspace(SettingsError):
    """No `insights.toml` was found here or above."""


class UnknownBrand(SettingsError):
    """The brand is not declared in `insights.toml`."""


class MissingExtra(InsightsError):
    """An optional dependency is needed and absent; the message has the command that installs it."""


class DataError(InsightsError):
    """The data cannot answer what was asked."""


class MissingColumns(DataError):
    """A frame lacks columns that a function needs."""

    def __init__(self, frame: str, missing: Iterable[str], found: Iterable[str]) -> None:
        lacking = ", ".join(f"'{column}'" for column in sorted(missing))
        has = ", ".join(str(column) for column in found) or "no columns"
        super().__init__(f"The frame '{frame}' lacks {lacking}. It has: {has}.")


class UnknownTable(DataError):
    """Neither a canonical table nor a mart has this name."""


class EmptyLake(DataError):
    """The brand has no data yet."""


class OutsideData(DataError):
    """`as_of` lies before the first or too far after the last day of data."""


class TooMuch(DataError):
    """The answer would not fit into memory."""


class LakeError(DataError):
    """The lake on disk is not what `current.json` says."""


class IntakeError(InsightsError):
    """Something offered for loading cannot be loaded."""


class UnknownSource(IntakeError):
    """No adapter recognises what was offered."""


class UnreadableFile(IntakeError):
    """A file, or a part of one, cannot be read; `reason` is one word of a closed list.

    `zh` is the message again, where there is one.
    """

    def __init__(self, name: str, reason: str, message: str, zh: str = "") -> None:
        super().__init__(message)
        self.name = name
        self.reason = reason
        self.zh = zh


class ParameterError(InsightsError):
    """A report was asked for with a parameter that it does not have or cannot take."""


class UnknownReport(ParameterError):
    """The catalog has no such report."""


class CannotSay(InsightsError, ValueError):
    """A message or a value cannot be said: a fact, a kind or a sense is missing."""


class ClaimNotTrue(InsightsError):
    """A sentence was about to be published whose check failed."""


class CheckFailed(InsightsError):
    """A check that must hold did not; nothing of this run may be published."""


class LeakageFound(CheckFailed):
    """A feature knows something from after its cut-off."""


class LedgerError(InsightsError, sqlite3.OperationalError):
    """The ledger cannot be read or written: a full disk, a folder without leave, a lock."""


class RunFailed(InsightsError):
    """A notebook did not run to its end."""


class GateRefused(RunFailed):
    """The page holds something that must not be published."""


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Return a hint sentence naming the nearest known word, or all when they are few; may be ''.

    Examples
    --------
    >>> did_you_mean("as_off", ["as_of", "lang"])
    " Did you mean 'as_of'?"
    """
    spelled = {name.lower(): name for name in known}
    if near := get_close_matches(f"{word}".lower(), list(spelled), n=1, cutoff=0.6):
        return f" Did you mean '{spelled[near[0]]}'?"
    if not 0 < len(known) <= FEW:
        return ""
    return f" Known: {', '.join(sorted(known))}."
