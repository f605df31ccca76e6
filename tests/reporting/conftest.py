import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from insights.reporting.exporter import AnalystExporter, ManagerExporter


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """The module that builds an executed notebook."""
    spec = importlib.util.spec_from_file_location(
        "reporting_sample", Path(__file__).parent / "sample.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def notebook(sample: ModuleType):
    return sample.notebook()


@pytest.fixture(scope="session")
def page(notebook) -> str:
    """The manager's page of the sample, in Chinese."""
    return ManagerExporter().from_notebook_node(notebook)[0]


@pytest.fixture(scope="session")
def analyst_page(notebook) -> str:
    return AnalystExporter().from_notebook_node(notebook)[0]
