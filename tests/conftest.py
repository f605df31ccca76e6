"""What every test may count on: no setting of the machine it runs on leaks in."""

import pytest
from hypothesis import settings

# A slow machine is no reason to fail, and the same code gives the same verdict twice.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch):
    for name in ("BRAND", "LANG", "RUN", "WORKSPACE"):
        monkeypatch.delenv(f"INSIGHTS_{name}", raising=False)
