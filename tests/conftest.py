"""What every test may count on: no setting of the machine it runs on leaks in."""

import os

import pytest
from hypothesis import settings

# A slow machine is no reason to fail, and the same code gives the same verdict twice.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch):
    for name in [name for name in os.environ if name.startswith("INSIGHTS_")]:
        if name != "INSIGHTS_SHARED_DATA":  # where reference data lie is no setting
            monkeypatch.delenv(name)
