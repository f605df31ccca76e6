"""Which process is meant: ids are used again, so its start and the machine's boot count too.

Written as `host|boot|pid|start`, so that a ledger on a shared disk can tell its own machine.
"""

import os
import socket
from pathlib import Path


def this_process() -> str:
    """Name this process for good."""
    return _named(os.getpid())


def is_alive(name: str) -> bool | None:
    """Whether a named process still runs; None where it belongs to another machine."""
    host, boot, pid, start = [*name.split("|"), "", "", ""][:4]
    if host != socket.gethostname():
        return None
    if not pid.isdigit() or boot != _boot():
        return False
    if start:
        return _start(int(pid)) == start
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _named(pid: int) -> str:
    return f"{socket.gethostname()}|{_boot()}|{pid}|{_start(pid)}"


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""  # Not Linux: the process id alone has to do.


def _start(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return ""
    # The second field is the program's name in parentheses and may hold blanks of its own.
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]
