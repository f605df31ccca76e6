"""Delivery: what waits in the outbox is sent, one digest a recipient, and noted.

Files and pictures go before the digest, which says what came along. What could not be sent waits
for the next batch. A message may so come twice, after a crash at the wrong moment; none is lost.
"""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from insights.errors import InsightsError, SettingsError, did_you_mean
from insights.runs import scratch
from insights.runs.ledger import Ledger
from insights.runs.notify.digest import Digest, cut, digest
from insights.runs.notify.outbox import Outbox
from insights.runs.notify.picture import first_screen
from insights.runs.notify.post import Post
from insights.runs.notify.wecom import FILE_BYTES, MARKDOWN_BYTES, NotSent, Robot
from insights.runs.record import RunRecord
from insights.settings import Recipient, Settings
from insights.wording import _, say

MOST_FILES = 8  # With their pictures and the digest still within a robot's minute.
MOST_PICTURES = 3
_NAME_BYTES = 120

Said = Callable[[Sequence[RunRecord]], Digest]  # The digest, given the runs whose files came along.


@dataclass(frozen=True)
class Delivery:
    """What one recipient was told, or why not.

    Attributes
    ----------
    recipient : str
        Name in `[notify.to]`.
    runs : list of str
        The runs that it is about.
    text : str
        The digest.
    files : list of str
        What came along; of a dry run, what would.
    sent : bool
        Whether it is out.
    error : str
        Why not, or what of it did not come along.
    """

    recipient: str
    runs: list[str]
    text: str
    files: list[str]
    sent: bool
    error: str = ""


def deliver(settings: Settings, ledger: Ledger, *, dry: bool = False) -> list[Delivery]:
    """Send what waits; a recipient that cannot be reached keeps nobody else from hearing.

    Parameters
    ----------
    dry : bool, default False
        Say what would be sent; send and note nothing.
    """
    outbox = Outbox(ledger)
    found = []
    for name, waiting in outbox.waiting(look_only=dry).items():
        runs = sorted((one.run for one in waiting), key=lambda run: (run.brand, run.home))
        told = _tell(settings, name, runs, dry=dry)
        if told.sent:
            outbox.told(waiting)
        elif not dry:
            outbox.missed(waiting, told.error)
        found.append(told)
    return found


def deliver_test(settings: Settings, name: str) -> Delivery:
    """Send a recipient a greeting, to see that it arrives.

    Raises
    ------
    SettingsError
        If nobody is called so, or the address is missing or wrong.
    NotSent
        If it was not taken.
    """
    recipient = _recipient(settings, name)
    lang = recipient.lang or settings.lang
    made = Digest(say(_("Reports will be announced here."), None, lang), (), lang)
    if recipient.send == "wecom":
        Robot(_secret(settings, name)).markdown(made.text())
    else:
        Post(_secret(settings, name)).send(made.title, made.title)
    return Delivery(name, [], made.text(), [], sent=True)


def _tell(settings: Settings, name: str, runs: Sequence[RunRecord], *, dry: bool) -> Delivery:
    ids, text = [run.run_id for run in runs], ""
    try:
        recipient = _recipient(settings, name)
        room = MARKDOWN_BYTES if recipient.send == "wecom" else None
        said = _saying(settings, recipient, runs)
        pages = [run for run in runs if _page(settings, run).is_file() and run.status != "failed"]
        going = [] if settings.notify.base_url else _fitting(settings, pages)
        text = said(going).text(room)
        if dry:
            return Delivery(name, ids, text, [_called(run) for run in going], sent=False)
        if recipient.send == "wecom":
            robot = Robot(_secret(settings, name))
            shown = pages[:MOST_PICTURES] if recipient.picture else []
            came, lost = _along(settings, robot, shown, going)
            text = said(came).text(room)
            robot.markdown(text)
        else:
            came, lost = _posted(settings, Post(_secret(settings, name)), going, said), ""
            text = said(came).text()
    except InsightsError as error:
        return Delivery(name, ids, text, [], sent=False, error=str(error))
    return Delivery(name, ids, text, [_called(run) for run in came], sent=True, error=lost)


def _saying(settings: Settings, recipient: Recipient, runs: Sequence[RunRecord]) -> Said:
    return lambda came: digest(
        runs,
        recipient.lang or settings.lang,
        base_url=settings.notify.base_url,
        sent=lambda run: run in came,
        simulated=lambda brand: brand in settings.brands and settings.brands[brand].simulated,
    )


def _along(
    settings: Settings, robot: Robot, shown: Sequence[RunRecord], going: Sequence[RunRecord]
) -> tuple[list[RunRecord], str]:
    """Send pictures and files; return the runs whose file came along, and what was lost."""
    came, lost = [], []
    for run in shown:
        picture = first_screen(_page(settings, run))
        if picture is None:
            continue
        try:
            robot.picture(picture)
        except NotSent as error:
            lost.append(str(error))
    for run in going:
        try:
            robot.file(_called(run), _page(settings, run).read_bytes())
        except NotSent as error:
            lost.append(str(error))
        else:
            came.append(run)
    return came, " ".join(dict.fromkeys(lost))


def _posted(
    settings: Settings, post: Post, going: Sequence[RunRecord], said: Said
) -> list[RunRecord]:
    """Send a mail or a message with the files that it takes; return whose came along."""
    came = list(going) if post.takes_files else []
    while sum(_page(settings, run).stat().st_size for run in came) > FILE_BYTES:
        came.pop()
    with scratch.folder("post-") as folder:
        files = []
        for run in came:
            files.append(folder / _called(run))
            files[-1].write_bytes(_page(settings, run).read_bytes())
        post.send(said(came).title, said(came).body(post.room), files)
    return came


def _fitting(settings: Settings, pages: Sequence[RunRecord]) -> list[RunRecord]:
    small = [run for run in pages if _page(settings, run).stat().st_size <= FILE_BYTES]
    return small[:MOST_FILES]


def _page(settings: Settings, run: RunRecord) -> Path:
    return settings.reports / run.href


def _called(run: RunRecord) -> str:
    """Name a page's file as its readers look for it."""
    said = f"{run.title} {run.brand_title or run.brand} {run.period}"
    return cut(re.sub(r'[\\/:*?"<>|\s]+', " ", said).strip(), _NAME_BYTES) + ".html"


def _recipient(settings: Settings, name: str) -> Recipient:
    if name not in settings.notify.to:
        raise SettingsError(
            f"insights.toml has no [notify.to.{name}].{did_you_mean(name, settings.notify.to)}"
        )
    return settings.notify.to[name]


def _secret(settings: Settings, name: str) -> str:
    variable = settings.notify.variable(name)
    secret = os.environ.get(variable, "").strip()
    if not secret:
        raise SettingsError(
            f"'{name}' cannot be reached: ${variable} is not set. It holds a robot's key, or an "
            "address of apprise; see docs/operations.md."
        )
    return secret
