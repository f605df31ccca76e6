"""WeCom's group robot: Markdown, a picture, a file, within what the robot takes.

As its documentation says (https://developer.work.weixin.qq.com/document/path/91770): Markdown of up
to 4,096 bytes of UTF-8; pictures, JPG or PNG, of up to 2 MB before base64; files of 5 bytes to
20 MB, uploaded first; 20 messages a minute; refusals come with HTTP 200 and an `errcode`.
"""

import base64
import hashlib
import json
import secrets
import time
from collections import deque
from collections.abc import Callable
from http.client import HTTPException
from threading import Lock
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

from insights.errors import RunFailed, SettingsError

ADDRESS = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
MARKDOWN_BYTES = 4096
PICTURE_BYTES = 2 * 2**20
FILE_BYTES = 20 * 2**20
LEAST_FILE_BYTES = 5
A_MINUTE, MESSAGES = 60.0, 20
TOO_OFTEN = 45009
BUSY = -1
TRIES = 4
TIMEOUT = 30
_LOCAL = {"127.0.0.1", "localhost", "::1"}


class NotSent(RunFailed):
    """A message did not reach its recipient; `again` says whether trying later may help."""

    def __init__(self, message: str, *, again: bool = True) -> None:
        super().__init__(message)
        self.again = again


class Robot:
    """A robot of a WeCom group.

    Parameters
    ----------
    secret : str
        Its key, or the whole address that WeCom shows (a private deployment has a host of its own).
    sleep, clock : callable
        For tests.

    Raises
    ------
    SettingsError
        If the secret is neither; the message does not repeat it.
    """

    def __init__(
        self,
        secret: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        address = secret.strip() if "://" in secret else f"{ADDRESS}?key={secret.strip()}"
        parts = urlsplit(address)
        key = parse_qs(parts.query).get("key", [""])[0]
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
        if not (safe and key and key.isascii() and not any(c.isspace() for c in key)):
            raise SettingsError(
                "A WeCom robot needs its key, or its address with ?key=, as the group's settings "
                "show it. What is set is neither."
            )
        self._send_to = address
        self._upload_to = (
            address.replace("/webhook/send", "/webhook/upload_media").split("?")[0]
            + f"?key={key}&type=file"
        )
        self._key = key
        self._sleep, self._clock = sleep, clock
        self._sent: deque[float] = deque(maxlen=MESSAGES)
        self._lock = Lock()

    def markdown(self, text: str) -> None:
        """Send Markdown of at most `MARKDOWN_BYTES`.

        Raises
        ------
        NotSent
            If it is longer, or the robot does not take it.
        """
        if len(text.encode()) > MARKDOWN_BYTES:
            raise NotSent("The message is longer than 4,096 bytes.", again=False)
        self._message({"msgtype": "markdown", "markdown": {"content": text}})

    def picture(self, content: bytes) -> None:
        """Send a PNG or JPG of at most `PICTURE_BYTES`; see `markdown`."""
        if len(content) > PICTURE_BYTES:
            raise NotSent("The picture is larger than 2 MB.", again=False)
        image = {
            "base64": base64.b64encode(content).decode("ascii"),
            "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        }
        self._message({"msgtype": "image", "image": image})

    def file(self, name: str, content: bytes) -> None:
        """Send a file of `LEAST_FILE_BYTES` to `FILE_BYTES`; see `markdown`."""
        if not LEAST_FILE_BYTES <= len(content) <= FILE_BYTES:
            raise NotSent("The file is not between 5 bytes and 20 MB.", again=False)
        boundary = secrets.token_hex(16)
        safe = name.replace('"', "'").replace("\r", " ").replace("\n", " ")
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="media"; filename="{safe}"; '
            f"filelength={len(content)}\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        answer = self._asked(self._upload_to, body, kind, counted=False)
        self._message({"msgtype": "file", "file": {"media_id": answer["media_id"]}})

    def _message(self, message: dict[str, Any]) -> None:
        body = json.dumps(message, ensure_ascii=False).encode()
        self._asked(self._send_to, body, "application/json; charset=utf-8", counted=True)

    def _asked(self, address: str, body: bytes, kind: str, *, counted: bool) -> dict[str, Any]:
        """Post, again where that may help, and return the answer."""
        why = ""
        for tried in range(TRIES):
            if tried:
                self._sleep(2.0**tried)
            if counted:
                self._wait_for_room()
            request = Request(address, body, {"Content-Type": kind})  # noqa: S310 - checked above
            try:
                with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                    said = json.loads(answer.read())
            except HTTPError as error:
                why = f"HTTP {error.code}"
                error.close()
                if error.code < 500 and error.code != 429:
                    break
                continue
            except (OSError, ValueError, HTTPException) as error:
                why = self._without_key(str(getattr(error, "reason", error)))
                continue
            code = said.get("errcode", BUSY)
            if code == 0:
                return dict(said)
            why = f"errcode {code}: {self._without_key(str(said.get('errmsg', '')))}"
            if code == TOO_OFTEN:
                self._sleep(A_MINUTE)
            elif code != BUSY:
                raise NotSent(f"The WeCom robot refused: {why}.", again=False)
        raise NotSent(f"The WeCom robot could not be reached: {why}.")

    def _wait_for_room(self) -> None:
        """Wait until the robot takes one more message within its minute."""
        with self._lock:
            if len(self._sent) == MESSAGES:
                wait = self._sent[0] + A_MINUTE - self._clock()
                if wait > 0:
                    self._sleep(wait)
            self._sent.append(self._clock())

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "[key]")
