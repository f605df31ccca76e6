from functools import partial

import pytest

from tests.intake.reading.made import Reading


@pytest.fixture
def reading(tmp_path):
    return partial(Reading, tmp_path)
