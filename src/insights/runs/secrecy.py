"""Secrecy: what may a kernel know of this machine's secrets, and a notebook keep of them?

Keys and addresses come from the environment. Ours are not handed to a kernel at all; whatever else
there looks like a secret by its name is taken out of what a run keeps and publishes.
"""

import os
import re
from collections.abc import Mapping
from typing import Any

# Ours: of ids, of files as received, of chats. A report reads the lake, which needs none of them.
_OURS = re.compile(r"INSIGHTS_(?:ID_KEY|RAW_KEY|NOTIFY_\w+)$")
SECRET = re.compile(
    r"(?:^|_)(?:password|passwd|pwd|secret|token|credentials?|dsn|api_?key|access_?key|webhook"
    r"|private_?key|id_key|raw_key)(?:_|$)|^INSIGHTS_NOTIFY_",
    re.IGNORECASE,
)
LEAST = 8  # Shorter values are words that stand in any text.
INSTEAD = "[secret]"


def harmless(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without our own secrets."""
    return {name: value for name, value in environment.items() if not _OURS.match(name)}


def without_secrets(part: Any, environment: Mapping[str, str] | None = None) -> Any:
    """Return a notebook, or a part of one, with every secret of the environment taken out.

    Examples
    --------
    >>> without_secrets(["by postgres://u:hunter2hunter2@db"], {"DB_PASSWORD": "hunter2hunter2"})
    ['by postgres://u:[secret]@db']
    """
    known = os.environ if environment is None else environment
    secrets = {v for name, v in known.items() if SECRET.search(name) and len(v.strip()) >= LEAST}
    if not secrets:
        return part
    # The longest first: one may be a part of another.
    found = re.compile("|".join(map(re.escape, sorted(secrets, key=len, reverse=True))))
    return _replaced(part, found)


def _replaced(part: Any, found: re.Pattern[str]) -> Any:
    if isinstance(part, str):
        return found.sub(INSTEAD, part)
    if isinstance(part, dict):
        # In place, so that a notebook stays one.
        for name in part:
            part[name] = _replaced(part[name], found)
        return part
    return [_replaced(inner, found) for inner in part] if isinstance(part, list) else part
