"""Secrecy: what may a kernel know of this machine's secrets, and a notebook keep of them?

Keys and addresses come from the environment. Ours, and those that the settings name, are not handed
to a kernel at all; whatever else there looks like a secret, by its name or because it is an address
with a password, is taken out of what a run keeps and publishes.
"""

import os
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

# Ours: of ids, of files as received, of chats. A report reads the lake, which needs none of them.
_OURS = re.compile(r"INSIGHTS_(?:ID_KEY|RAW_KEY|NOTIFY_\w+)$")
SECRET = re.compile(
    r"(?:^|_)(?:pwd|secret|token|credentials?|dsn|api_?key|access_?key|webhook"
    r"|private_?key|id_key|raw_key)(?:_|$)|passw(?:or)?d|_pass$|^INSIGHTS_NOTIFY_",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
LEAST = 8  # Shorter values are words that stand in any text.
INSTEAD = "[secret]"


def harmless(environment: Mapping[str, str], named: Collection[str] = ()) -> dict[str, str]:
    """Return an environment without our own secrets, nor those that the settings name."""
    return {
        name: value
        for name, value in environment.items()
        if not _OURS.match(name) and name not in named
    }


def without_secrets(
    part: Any, environment: Mapping[str, str] | None = None, named: Collection[str] = ()
) -> Any:
    """Return a notebook, or a part of one, with every secret of the environment taken out.

    Parameters
    ----------
    named : collection of str
        Variables that are secret whatever they are called, as the settings say.

    Examples
    --------
    >>> without_secrets(["by postgres://u:hunter2hunter2@db"], {"DB_PASSWORD": "hunter2hunter2"})
    ['by postgres://u:[secret]@db']
    """
    known = os.environ if environment is None else environment
    secrets = {s for name, v in known.items() for s in _secret(name, v, named)}
    secrets = {secret for secret in secrets if len(secret.strip()) >= LEAST}
    if not secrets:
        return part
    # The longest first: one may be a part of another.
    found = re.compile("|".join(map(re.escape, sorted(secrets, key=len, reverse=True))))
    return _replaced(part, found)


def _secret(name: str, value: str, named: Collection[str]) -> Iterator[str]:
    if name in named or SECRET.search(name):
        yield value
    yield from _IN_ADDRESS.findall(value)  # However it is called: DATABASE_URL, a proxy.


def _replaced(part: Any, found: re.Pattern[str]) -> Any:
    if isinstance(part, str):
        return found.sub(INSTEAD, part)
    if isinstance(part, dict):
        # In place, so that a notebook stays one.
        for name in part:
            part[name] = _replaced(part[name], found)
        return part
    return [_replaced(inner, found) for inner in part] if isinstance(part, list) else part
