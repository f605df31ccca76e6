import os
import warnings
from pathlib import Path

import pytest

from tests.cdnow import sample


@pytest.fixture(scope="session")
def published():
    """The data sets that lifetimes brings along."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lifetimes is archived and warns on import
        from lifetimes import datasets  # noqa: PLC0415

        return datasets


@pytest.fixture(scope="session")
def cdnow(published):
    summary = published.load_cdnow_summary_data_with_monetary_value()
    return summary.rename(columns={"T": "age", "monetary_value": "mean_amount"})


@pytest.fixture(scope="session")
def shared_data():
    """Where the data sets are that are not ours to ship."""
    folder = os.environ.get("INSIGHTS_SHARED_DATA")
    if not folder:
        pytest.skip("INSIGHTS_SHARED_DATA names no folder with donations.csv")
    return Path(folder)


@pytest.fixture(scope="session")
def cdnow_orders():
    return sample()
