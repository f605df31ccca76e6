"""Scale: memory is that of a block, whatever the size of the world."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

# The most that this program has held: `ru_maxrss` would begin with what its parent held.
STREAM = """
import json
from pathlib import Path
from insights.demo.direct import DirectSource
from insights.demo.world import Spec
from insights.settings import Brand
source = DirectSource(Spec(customers={n}, months=24))
rows = sum(batch.rows.num_rows for batch in source.batches(Brand(name="demo")))
status = Path("/proc/self/status").read_text().split()
print(json.dumps([rows, int(status[status.index("VmHWM:") + 1]) / 1e6]))
"""


def rows_and_gigabytes(customers):
    done = subprocess.run(
        [sys.executable, "-c", STREAM.format(n=customers)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells no peak of its own")
def test_five_times_the_people_take_five_times_the_rows_and_no_more_memory():
    rows, gigabytes = rows_and_gigabytes(60_000)
    more_rows, more_gigabytes = rows_and_gigabytes(300_000)
    assert more_rows > 4.5 * rows
    assert more_gigabytes < 1.25 * gigabytes
    # With the 600 MB that the engine may take, a load stays within 3 GB.
    assert more_gigabytes < 2
