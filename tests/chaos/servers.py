"""Servers that fork what a disaster strikes, so that the quick run imports everything once only.

`python servers.py kernels` is the fork server with no more than a kernel needs; `python servers.py
runners` forks runners: processes of their own that are killed as any other.
"""

import sys
from collections.abc import Sequence

from insights.lean import without_address_grammar
from insights.runs import forkserver

FEW = forkserver.MODULES[:4]  # Those of ipykernel.
RUNNERS = (
    "insights.cli.reports",
    "insights.runs.kernel",
    "insights.runs.execute",
    "insights.runs.provenance",
    "insights.runs.explain",
    "insights.runs.due",
    "insights.reporting.exporter",
    "insights.reporting.gate",
    "insights.reporting.index",
)


def runner(argv: Sequence[str]) -> int:
    """Be `insights` with such words, and a small fork server for its kernels."""
    from insights.cli import main  # noqa: PLC0415 - a server of kernels has no use for it
    from insights.runs import forked  # noqa: PLC0415 - as above

    forked.SERVER = (__file__, "kernels")
    main(argv)
    return 0


if __name__ == "__main__":
    forkserver.MODULES = FEW if sys.argv[1] == "kernels" else RUNNERS
    if sys.argv[1] == "runners":
        without_address_grammar()  # As the runner itself does.
        forkserver._kernel = runner
    forkserver.main()
