"""Reasons: what does a reason for refusing a row or a file mean, and how is it mended?

A reason is a word of the machine: `paid_at_missing`, `other_line_refused`, `password`. Here each
becomes what a person reads, with the fix beside it.
"""

import re
from dataclasses import dataclass

from insights.wording import _


@dataclass(frozen=True)
class Meaning:
    """What was wrong, what to do about it, and the field that it is about ('' if none)."""

    problem: str
    fix: str
    field: str = ""


_EXPORT_AGAIN = _("Export the file again and load it as it was downloaded, unopened.")
_MEND_AT_SOURCE = _("Mend the record in the source system, then export and load it again.")
_ADAPTER = _("Ask whoever keeps the adapter: the file's layout has changed.")

# Of rows: a whole reason, or how it ends; what stands before the ending is the field.
_WHOLE = {
    "other_line_refused": Meaning(
        _("Another line of the order was refused"),
        _("Mend the refused line: its whole order waits, because its total would be wrong."),
    ),
    "forgotten": Meaning(
        _("The person asked to be forgotten"),
        _("Nothing to mend: these rows must stay out."),
    ),
    "order_unknown": Meaning(
        _("The order of the line is not known"),
        _("Load the export of the orders, then retry: insights quarantine retry."),
    ),
    "paid_while_unpaid": Meaning(
        _("An order that is not paid in full has a time of payment"), _MEND_AT_SOURCE, "paid_at"
    ),
    "amount_not_positive": Meaning(_("A refund of nothing or less"), _MEND_AT_SOURCE, "amount"),
    "probability_zero": Meaning(
        _("An arm that nobody could be drawn into"), _MEND_AT_SOURCE, "probability"
    ),
    "member_not_named": Meaning(
        _("A membership without a member"),
        _("Export again with the column of the member number."),
        "member_no",
    ),
    "no_bound": Meaning(
        _("A target without any bound"), _("Fill in the low or the high bound."), "low"
    ),
    "low_above_high": Meaning(_("The low bound is above the high one"), _MEND_AT_SOURCE, "low"),
    "deleted_by_without_time": Meaning(
        _("Somebody ended the friendship, but not when"), _MEND_AT_SOURCE, "deleted_at"
    ),
    "too_few_cells": Meaning(_("The row has fewer cells than the header"), _EXPORT_AGAIN),
    "too_many_cells": Meaning(_("The row has more cells than the header"), _EXPORT_AGAIN),
    "undecodable": Meaning(_("Characters that cannot be read"), _EXPORT_AGAIN),
    "cut_short": Meaning(_("The file breaks off within the row"), _EXPORT_AGAIN),
    "header_again": Meaning(
        _("The header stands among the rows again"),
        _("Nothing to mend, unless files were pasted together: load them one by one."),
    ),
    "not_json": Meaning(_("The record is no valid JSON"), _EXPORT_AGAIN),
    "empty_list": Meaning(
        _("The record has no lines"), _("Fetch the record again with its lines.")
    ),
}
_ORDER_OF_TIMES = Meaning(_("Two times are in the wrong order"), _MEND_AT_SOURCE)
_ENDINGS = {
    "_missing": Meaning(
        _("A required value is missing"),
        _("Tick this column when exporting, or fill it in at the source."),
    ),
    "_blank": Meaning(_("The value is blank"), _MEND_AT_SOURCE),
    "_unknown": Meaning(_("A word that is not known"), _ADAPTER),
    "_in_future": Meaning(
        _("The time lies in the future"),
        _("Check the clock and the time zone of the source, then export again."),
    ),
    "_negative": Meaning(
        _("An amount or a count below zero"),
        _("Returns belong into the refunds: export them as such."),
    ),
    "_too_low": Meaning(_("The number is too low"), _MEND_AT_SOURCE),
    "_too_high": Meaning(_("The number is too high"), _MEND_AT_SOURCE),
    "_not_finite": Meaning(_("The number is none"), _MEND_AT_SOURCE),
    "_not_keyed": Meaning(
        _("A phone number that is not encrypted"),
        _("Set the key for phone numbers, then load the export again."),
    ),
    "_differs": Meaning(_("An amount of the order differs between its lines"), _MEND_AT_SOURCE),
    "_not_money": Meaning(_("No amount of money"), _EXPORT_AGAIN),
    "_not_number": Meaning(_("No number"), _EXPORT_AGAIN),
    "_not_integer": Meaning(_("No whole number"), _EXPORT_AGAIN),
    "_not_share": Meaning(_("No share"), _EXPORT_AGAIN),
    "_not_percent": Meaning(_("No percentage"), _EXPORT_AGAIN),
    "_not_boolean": Meaning(_("Neither yes nor no"), _EXPORT_AGAIN),
    "_not_flag": Meaning(_("Neither yes nor no"), _EXPORT_AGAIN),
    "_not_timestamp": Meaning(_("No time that exists"), _EXPORT_AGAIN),
    "_not_time": Meaning(_("No time that exists"), _EXPORT_AGAIN),
    "_not_day": Meaning(_("No day that exists"), _EXPORT_AGAIN),
    "_before_first": _ORDER_OF_TIMES,
    "_before_added": _ORDER_OF_TIMES,
    "_before_started": _ORDER_OF_TIMES,
    "_before_start": _ORDER_OF_TIMES,
    "_before_hired": _ORDER_OF_TIMES,
}
_FILES = {
    "unknown": Meaning(
        _("No adapter knows this file"),
        _("See `insights sources explain FILE`: it names the nearest adapter and the difference."),
    ),
    "twice": Meaning(_("The same file was offered twice"), _("Nothing to mend.")),
    "empty": Meaning(_("The file is empty"), _("Export it again, with a period that has data.")),
    "scope_wrong": Meaning(
        _("What was said with --set cannot be"),
        _("Load the file again with a value that the message names."),
    ),
    "password": Meaning(
        _("The file is locked by a password"),
        _("Open it with its password, save it without one, and load that."),
    ),
    "encoding": Meaning(
        _("The characters of the file cannot be told"),
        _("Export it as UTF-8 or GB18030, or as an Excel workbook."),
    ),
    "unknown_format": Meaning(_("No table, workbook, JSON or zip"), _("Export it as csv or xlsx.")),
    "damaged": Meaning(_("The file is damaged"), _("Download it again.")),
    "too_large": Meaning(
        _("The file is larger than it may be"), _("Export it in parts, such as month by month.")
    ),
    "nested_too_deep": Meaning(
        _("Zip files within zip files"), _("Unpack it once and load what is inside.")
    ),
    "unreadable": Meaning(_("The file cannot be opened"), _("Check the permissions of the file.")),
    "scope_missing": Meaning(
        _("The file does not say its shop"),
        _("Say it once in insights.toml, or with --set when loading."),
    ),
    "lost_digits": Meaning(
        _("Order numbers lost their last digits"),
        _("A spreadsheet did that on saving: load the export as it was downloaded."),
    ),
    "unknown_word": Meaning(
        _("A status word that the adapter does not know"),
        _("Add to insights.toml what it means: the message names the lines. Nothing is guessed."),
    ),
    "joined": Meaning(
        _("Two exports with different columns are joined in one file"),
        _("Load each export by itself, as it was downloaded."),
    ),
    "renamed": Meaning(
        _("A column that payments or refunds need seems to have another name"),
        _("Add the lines that the message shows to insights.toml, or export with that column."),
    ),
    "totals_missing": Meaning(
        _("The bill ends without its totals"),
        _("Download it again: it was cut, or its last rows were deleted."),
    ),
    "total_off": Meaning(
        _("The money of the rows is not the total of the file"),
        _("Export it again: rows are missing, or come twice."),
    ),
}
_DEFECT = Meaning(
    _("The file could not be worked out"),
    _("A defect of ours: say so to whoever keeps the adapter."),
)
NOTHING = Meaning(_("nothing"), _("Nothing to mend."))
_OTHER = Meaning(_("A rule of the table does not hold"), _MEND_AT_SOURCE)
_FIELD = re.compile(r"^(?:\w+\.)?(.+)$")


def of_row(reason: str) -> Meaning:
    """Return what a reason for refusing a row means.

    Examples
    --------
    >>> found = of_row("paid_at_in_future")
    >>> found.field, found.problem
    ('paid_at', 'The time lies in the future')
    """
    if reason in _WHOLE:
        return _WHOLE[reason]
    for ending, meaning in _ENDINGS.items():
        if reason.endswith(ending) and len(reason) > len(ending):
            found = _FIELD.match(reason.removesuffix(ending))
            return Meaning(meaning.problem, meaning.fix, found.group(1) if found else "")
    return Meaning(_OTHER.problem, _OTHER.fix, reason)


def of_file(reason: str) -> Meaning:
    """Return what a reason for refusing a file as a whole means.

    Examples
    --------
    >>> of_file("password").problem
    'The file is locked by a password'
    """
    return _FILES.get(reason, _DEFECT)
