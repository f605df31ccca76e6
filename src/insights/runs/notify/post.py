"""Post: a digest by e-mail, DingTalk, Feishu and whatever else apprise knows."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from insights.errors import SettingsError
from insights.runs.notify.wecom import NotSent

TRIES = 3


class Post:
    """One address of apprise.

    Parameters
    ----------
    address : str
        As apprise writes it: `mailtos://user:password@host?to=...`, `dingtalk://...`, `feishu://...`.

    Raises
    ------
    SettingsError
        If apprise cannot read it; the message does not repeat it.
    """

    def __init__(self, address: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        import apprise  # noqa: PLC0415 - loads when something is sent

        # Its own log repeats what it sends, with addresses.
        logging.getLogger("apprise").setLevel(logging.CRITICAL)
        self._apprise = apprise
        self._sleep = sleep
        self._server = apprise.Apprise.instantiate(address, suppress_exceptions=True)
        if self._server is None:
            raise SettingsError(
                "apprise cannot read the address that is set. Write it as "
                "mailtos://user:password@host?to=..., dingtalk://... or feishu://..."
            )

    @property
    def takes_files(self) -> bool:
        """Whether files can go along."""
        return bool(self._server.attachment_support)

    @property
    def room(self) -> int:
        """Bytes that a message may have; apprise counts letters, the services behind it bytes."""
        return int(self._server.body_maxlen)

    def send(self, title: str, markdown: str, files: Sequence[Path] = ()) -> None:
        """Send a message.

        Raises
        ------
        NotSent
            If it was not taken, after some tries.
        """
        attach = self._apprise.AppriseAttachment([str(file) for file in files]) if files else None
        for tried in range(TRIES):
            if tried:
                self._sleep(2.0**tried)
            if self._told(title, markdown, attach):
                return
        raise NotSent("The message was not taken. To see why: apprise -vv ADDRESS")

    def _told(self, title: str, markdown: str, attach: object) -> bool:
        bell = self._apprise.Apprise()
        bell.add(self._server)
        kind = self._apprise.NotifyFormat.MARKDOWN
        return bool(bell.notify(title=title, body=markdown, body_format=kind, attach=attach))
