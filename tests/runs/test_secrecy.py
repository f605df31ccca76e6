"""No secret of the machine is in what a run keeps or publishes."""

import json

import pytest

from insights.errors import ParameterError
from insights.runs import load_catalog, plan, run_report
from insights.runs.parameters import declared_by
from insights.runs.secrecy import SECRET, harmless, without_secrets
from insights.runs.shelf import Shelf
from tests.runs.conftest import ANSWER, PARAMETERS, notebook, workspace

KEY = "k3y-of-the-shop-0123456789"
ASK = "import os\nprint(os.environ.get('INSIGHTS_ID_KEY'), os.environ['WAREHOUSE_PASSWORD'])"


@pytest.mark.parametrize("name", ["password", "db_password", "api_key", "API_TOKEN", "dsn"])
def test_a_parameter_may_not_be_a_secret(name):
    with pytest.raises(ParameterError, match="a secret is read from the environment"):
        declared_by(f'{PARAMETERS}{name}: str = ""  # of the warehouse\n', "x.ipynb")


@pytest.mark.parametrize(
    "name", ["tokens_seen", "pass_rate", "keyword", "monkey", "channel", "secretary"]
)
def test_other_words_are_no_secrets(name):
    assert not SECRET.search(name)


def test_our_own_secrets_do_not_reach_a_kernel():
    given = {"INSIGHTS_ID_KEY": KEY, "INSIGHTS_RAW_KEY": KEY, "INSIGHTS_NOTIFY_TEAM": KEY, "A": "b"}
    assert harmless(given | {"INSIGHTS_ID_KEY_FILE": "/x"}) == {
        "A": "b",
        "INSIGHTS_ID_KEY_FILE": "/x",
    }


def test_a_secret_that_the_settings_name_reaches_no_kernel_and_no_page():
    given = {"MAIL_OF_DATA_TEAM": f"mailtos://u:{KEY}@host", "A": "b"}
    assert harmless(given, {"MAIL_OF_DATA_TEAM"}) == {"A": "b"}
    said = without_secrets(f"to {given['MAIL_OF_DATA_TEAM']}", given, {"MAIL_OF_DATA_TEAM"})
    assert said == "to [secret]"


@pytest.mark.parametrize("name", ["PGPASSWORD", "SMTP_PASS", "DATABASE_URL"])
def test_a_password_is_one_whatever_its_variable_is_called(name):
    value = f"postgres://shop:{KEY}@db/shop" if name == "DATABASE_URL" else KEY
    assert KEY not in without_secrets(f"by {value}, with {KEY}", {name: value})


def test_a_short_value_is_no_secret_because_it_stands_in_any_text():
    assert without_secrets("it is on", {"DB_PASSWORD": "on"}) == "it is on"


@pytest.mark.parametrize("last", [ANSWER, "raise KeyError(os.environ['WAREHOUSE_PASSWORD'])"])
def test_what_a_cell_shows_of_them_is_neither_kept_nor_published(tmp_path, monkeypatch, last):
    monkeypatch.setenv("INSIGHTS_ID_KEY", KEY)
    monkeypatch.setenv("WAREHOUSE_PASSWORD", KEY[::-1])
    settings = workspace(tmp_path, cohort=notebook(ASK, last))
    record = run_report(settings, plan(settings, load_catalog(settings), "cohort"))
    executed = Shelf(settings).folder(record.run_id) / "executed.ipynb"
    shown = json.loads(executed.read_text())["cells"][-2]["outputs"][0]["text"]
    assert "None [secret]" in "".join(shown)
    kept = [p for p in settings.reports.rglob("*") if p.is_file()]
    assert len(kept) > 5
    for path in kept:
        content = path.read_bytes()
        assert KEY.encode() not in content, path
        assert KEY[::-1].encode() not in content, path
