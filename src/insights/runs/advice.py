"""Advice: a run has failed; what has whoever is woken by it to do now, if anything?"""

from insights.runs.record import RunRecord
from insights.wording import Lang, _, say

_BY_CAUSE = {
    "notebook": _(
        "An analyst has to look at it in working hours: it fails again until the notebook, the "
        "code or the data change."
    ),
    "limit": _(
        "It was ended because it took more than it may: raise its limits in "
        "notebooks/catalog.toml, or let it do less."
    ),
    "infrastructure": _(
        "The report is not to blame: it is tried again when the clock asks next. If it fails "
        "again, look at the machine: insights doctor"
    ),
    "interrupted": _("Somebody or the system ended it: it is made when the clock asks next."),
}


def advice(run: RunRecord, lang: Lang) -> str:
    """Return what to do about a failed run, in a sentence.

    Examples
    --------
    >>> from insights.runs.record import RunRecord
    >>> text = dict.fromkeys(("run_id", "run_key", "brand", "brand_title", "report", "title"), "x")
    >>> more = dict.fromkeys(("question", "period", "folder", "as_of", "load_id", "code_hash"), "x")
    >>> run = RunRecord(**text, **more, lang="en", status="failed", cause="interrupted")
    >>> advice(run, "en")
    'Somebody or the system ended it: it is made when the clock asks next.'
    """
    return say(_BY_CAUSE.get(run.cause, _BY_CAUSE["notebook"]), None, lang)
