"""The doctor finds what would keep a report from being made, or from being right."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from insights.runs import doctor, forked
from insights.runs.shelf import Shelf
from tests.runs import fakes
from tests.runs.conftest import notebook, workspace


@pytest.fixture
def settings(tmp_path, monkeypatch):
    fakes.install("page", monkeypatch.setattr)
    monkeypatch.setenv("INSIGHTS_KERNELS", "plain")  # A fork server takes seconds to start.
    return workspace(tmp_path, cohort=notebook())


def found(settings, about: str) -> list[tuple[str, str]]:
    return [(f.state, f.found) for f in doctor.examine(settings) if f.about == about]


def test_a_workspace_that_works_has_nothing_bad(settings):
    fakes.run(settings)
    said = doctor.examine(settings)
    assert [f for f in said if f.state == "bad"] == []
    assert {f.about for f in said} == {
        *("environment", "kernels", "fonts", "browser", "disk", "memory", "permissions", "clock"),
        *("catalog", "notify", "ledger", "lake shop"),
    }


def test_raw_data_that_others_may_read_are_bad_and_the_command_is_named(settings):
    raw = settings.data / "shop" / "raw"
    raw.mkdir(parents=True)
    raw.chmod(0o755)
    (one,) = (f for f in doctor.examine(settings) if f.about == "permissions")
    assert (one.state, one.todo) == ("bad", "chmod 700 data/shop/raw")
    raw.chmod(0o700)
    assert found(settings, "permissions")[0][0] == "good"


def test_a_file_of_the_lake_that_is_gone_is_named(settings):
    path = settings.data / "shop" / "lake" / "current.json"
    current = json.loads(path.read_text())
    current["tables"]["orders"]["files"] = ["month=2017-01/x.parquet"]
    path.write_text(json.dumps(current))
    assert found(settings, "lake shop") == [
        ("bad", "1 files are gone, as orders/month=2017-01/x.parquet")
    ]


def test_a_full_disk_is_bad_and_a_scarce_one_doubtful(settings, monkeypatch):
    for free, state in ((10**8, "bad"), (10**9, "doubtful"), (10**10, "good")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        assert {s for s, _ in found(settings, "disk")} == {state}


def test_runs_of_the_future_show_that_the_clock_was_set_back(settings):
    record = fakes.run(settings)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    Shelf(settings).ledger.write(record.but(started_at=tomorrow))
    assert found(settings, "clock") == [("bad", f"1 runs are of the future, as {record.run_id}")]


def test_a_page_that_was_changed_and_a_run_that_died_are_found(settings):
    record = fakes.run(settings)
    (settings.reports / record.home / "index.html").write_text("edited")
    lost = record.but(run_id="x", status="running", settled=False, process="elsewhere||1|")
    Shelf(settings).ledger.write(lost.but(heartbeat_at="2017-01-01T00:00:00+00:00"))
    assert found(settings, "ledger") == [("doubtful", "1 runs died")]
    assert found(settings, "pages")[0][1].startswith("1 are not as they were published, as shop/")


def test_packages_that_differ_from_the_lock_are_named(settings):
    (settings.root / "requirements.lock").write_text("pandas==1.0 \\\n    --hash=sha256:0\n")
    ((state, said),) = found(settings, "environment")
    assert state == "doubtful"
    assert "for 1.0" in said


def test_a_catalog_that_cannot_be_read_is_bad_and_the_rest_is_looked_at(settings):
    (settings.notebooks / "catalog.toml").write_text("[reports")
    assert found(settings, "catalog")[0][0] == "bad"
    assert found(settings, "lake shop")


def test_promotion_days_that_the_table_does_not_have_any_more_are_doubtful(settings):
    own = settings.data / "reference" / "promotion_days.csv"
    own.parent.mkdir()
    own.write_text("days,first,last,title\nfestival,2017-01-28,2017-02-03,Festival\n")
    path = settings.notebooks / "catalog.toml"
    special = '[{ days = "festival" }]'
    path.write_text(f'{path.read_text()}\nschedule = {{ cron = "0 7 * * *", special = {special} }}')
    assert found(settings, "catalog") == [("doubtful", "no days to come are known of festival")]


def test_a_look_that_fails_is_a_finding(settings, monkeypatch):
    monkeypatch.setattr(doctor, "_memory", lambda: 1 / 0)
    assert found(settings, "memory") == [("bad", "ZeroDivisionError: division by zero")]


def test_a_fork_server_that_was_refused_is_doubtful_and_says_why(settings, monkeypatch):
    monkeypatch.setattr(forked, "available", lambda: True)
    monkeypatch.setattr(forked, "fork_server", lambda: None)
    monkeypatch.setattr(forked, "_refused", "the fork server has 4 threads")
    assert found(settings, "kernels") == [
        ("doubtful", "kernels start plain: the fork server has 4 threads")
    ]
