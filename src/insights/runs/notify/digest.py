"""Digest: what a batch has to say to one recipient, in one message.

Headlines and links for readers, failures for whoever mends them. It is Markdown of the kind that
chats read: headings, bold, quotes and links.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from insights.errors import GateRefused
from insights.reporting.personal import personal, redacted
from insights.runs.advice import advice
from insights.runs.record import RunRecord
from insights.wording import Lang, _, say

CLAIMS = 3  # Of each report; the page has the rest.
LONGEST = 480  # Bytes of a claim or a reason: one must not take the room of all others.
_MARKS = str.maketrans("<>*[]`", "＜＞＊［］'")


@dataclass(frozen=True)
class Digest:
    """A message: its title (the subject of a mail), and one block of Markdown for each report."""

    title: str
    blocks: tuple[str, ...]
    lang: Lang

    def body(self, room: int | None = None) -> str:
        """Return the blocks alone, as `text` does, for a message whose title stands apart."""
        return self._fitted([], room)

    def text(self, room: int | None = None) -> str:
        """Return the message as Markdown, of at most `room` bytes of UTF-8 where that is given.

        Reports that find no room are counted; a message is never cut within a character.
        """
        return self._fitted([f"## {self.title}"], room)

    def _fitted(self, head: list[str], room: int | None) -> str:
        shown = list(self.blocks)
        while True:
            left = len(self.blocks) - len(shown)
            more = [say(_("And {count:count} more."), {"count": left}, self.lang)] if left else []
            text = "\n\n".join([*head, *shown, *more])
            if room is None or len(text.encode()) <= room:
                return text
            if len(shown) <= 1:
                return cut(text, room)
            shown.pop()


def digest(
    runs: Sequence[RunRecord],
    lang: Lang,
    *,
    base_url: str = "",
    sent: Callable[[RunRecord], bool] = lambda _run: False,
    simulated: Callable[[str], bool] = lambda _brand: False,
) -> Digest:
    """Say what a batch made, in a recipient's language.

    Parameters
    ----------
    base_url : str
        Where the reports folder stands for readers; without it there are no links.
    sent : callable
        Whether a run's page goes along as a file.
    simulated : callable
        Whether a brand's data are simulated, which every message says.

    Raises
    ------
    GateRefused
        If the words would hold personal data after all.
    """
    good = [run for run in runs if run.status == "published"]
    bad = [run for run in runs if run.status == "failed"]
    counted = [
        say(message, {"count": len(some)}, lang)
        for message, some in (
            (_("Reports that failed: {count:count}"), bad),
            (_("New reports: {count:count}"), good),
        )
        if some
    ]
    # Failures first: what finds no room is counted at the end, and nobody mends a count.
    blocks = [_failed(run, lang) for run in bad]
    blocks += [_new(run, lang, base_url, sent(run), simulated(run.brand)) for run in good]
    made = Digest(" · ".join(counted), tuple(map(redacted, blocks)), lang)
    if found := personal(made.text()):
        raise GateRefused(f"A message would hold personal data ({', '.join(found)}). Not sent.")
    return made


def address(base_url: str, run: RunRecord) -> str:
    """Return where readers find a run's page; '' without a base address."""
    return f"{base_url.rstrip('/')}/{quote(run.href)}" if base_url else ""


def cut(text: str, room: int) -> str:
    """Return a text of at most so many bytes of UTF-8, cut at a character.

    Examples
    --------
    >>> cut("复购率上升", 12)
    '复购率…'
    """
    raw = text.encode()
    if len(raw) <= room:
        return text
    dots = "…"
    return raw[: max(room - len(dots.encode()), 0)].decode("utf-8", "ignore") + dots


def _new(run: RunRecord, lang: Lang, base_url: str, sent: bool, simulated: bool) -> str:
    lines = [_headed(run, lang)]
    if simulated:
        lines.append(say(_("Simulated data: nothing here happened."), None, lang))
    claims = [str(claim.get("text", "")) for claim in run.kpis.get("claims", ())][:CLAIMS]
    lines += [f"> {cut(_plain(claim), LONGEST)}" for claim in claims or [run.headline] if claim]
    if link := address(base_url, run):
        lines.append(f"[{say(_('Open the report'), None, lang)}]({link})")
    elif sent:
        lines.append(say(_("The report comes along as a file."), None, lang))
    else:
        lines.append(say(_("The report is on the machine that made it."), None, lang))
    return "\n".join(lines)


def _failed(run: RunRecord, lang: Lang) -> str:
    still = say(_("What was published before still stands."), None, lang)
    todo = advice(run, lang)
    return "\n".join(
        [_headed(run, lang), f"> {cut(_plain(run.reason), LONGEST)}", todo, still, _look(run)]
    )


def _headed(run: RunRecord, lang: Lang) -> str:
    facts = {"brand": _plain(run.brand_title or run.brand), "day": run.period}
    said = say(_("{brand:text}, as of {day:text}"), facts, lang)
    chosen = ", ".join(f"{name}={value}" for name, value in run.chosen.items())
    return f"**{_plain(run.title)}** {said}" + (f" ({_plain(chosen)})" if chosen else "")


def _look(run: RunRecord) -> str:
    return f"`insights show {run.run_id}`"


def _plain(text: str) -> str:
    """Return a text on one line whose marks are no Markdown; chats know no backslash for that."""
    return " ".join(text.split()).translate(_MARKS)
