"""Scale: memory is that of a block, whatever the size of the world."""

import json
import subprocess
import sys

import pytest

STREAM = """
import json, resource
from insights.demo.direct import DirectSource
from insights.demo.world import Spec
from insights.settings import Brand
source = DirectSource(Spec(customers={n}, months=24))
rows = sum(batch.rows.num_rows for batch in source.batches(Brand(name="demo")))
print(json.dumps([rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6]))
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
def test_five_times_the_people_take_five_times_the_rows_and_no_more_memory():
    rows, gigabytes = rows_and_gigabytes(60_000)
    more_rows, more_gigabytes = rows_and_gigabytes(300_000)
    assert more_rows > 4.5 * rows
    assert more_gigabytes < 1.25 * gigabytes
    # With the 600 MB that the engine may take, a load stays within 3 GB.
    assert more_gigabytes < 2
