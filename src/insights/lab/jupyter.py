"""JupyterLab as it is, ready a second sooner: `python -m insights.lab.jupyter`."""

import sys

from insights.lean import without_address_grammar

if __name__ == "__main__":
    without_address_grammar()
    from jupyterlab.labapp import main

    sys.exit(main())
