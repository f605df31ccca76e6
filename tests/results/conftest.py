import pytest

from insights.wording import speaking


@pytest.fixture(autouse=True)
def _in_english():
    with speaking("en", "CNY"):
        yield
