"""A timer's files are what the system reads, and the system is not touched unless asked."""

import os
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from insights.errors import ParameterError, RunFailed, SettingsError
from insights.runs import load_catalog, timers
from tests.runs.conftest import notebook, workspace


@pytest.fixture
def settings(tmp_path):
    settings = workspace(tmp_path / "My 100% Brand", daily=notebook(), weekly=notebook())
    path = settings.notebooks / "catalog.toml"
    path.write_text(
        path.read_text().replace(
            "main = true\n", 'main = true\nowner = "data"\nschedule = { cron = "0 7 * * *" }\n', 1
        )
        + '\nschedule = { cron = "30 6 * * 1", covers = "week", time_zone = "UTC" }\n'
    )
    return settings


class TestUpcoming:
    def test_the_soonest_comes_first_with_the_day_that_it_looks_back_from(self, settings):
        # A Sunday evening in UTC, a Monday morning in Shanghai.
        now = datetime(2026, 6, 14, 22, 30, tzinfo=UTC)
        found = timers.upcoming(settings, load_catalog(settings), now, count=2)
        assert [(one.report, one.time_zone, one.owner) for one in found] == [
            ("daily", "Asia/Shanghai", "data"),
            ("weekly", "UTC", ""),
        ]
        assert [f"{m:%d %H:%M}" for m in found[0].moments] == ["15 07:00", "16 07:00"]
        assert [one.as_of for one in found] == [date(2026, 6, 14), date(2026, 6, 14)]


class TestFiles:
    @pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="asks systemd itself")
    def test_systemd_accepts_the_units(self, settings, tmp_path):
        found = timers.write(tmp_path / "units", timers.files(settings, "systemd"))
        command = ["systemd-analyze", "verify", "--recursive-errors=no", *map(str, found)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        ours = [line for line in done.stderr.splitlines() if "insights-" in line]
        assert (done.returncode, ours) == (0, [])

    def test_the_timer_catches_up_and_a_percent_sign_is_no_specifier(self, settings):
        units = timers.files(settings, "systemd", minutes=30)
        service, timer = (units[f"insights-my-100-brand.{kind}"] for kind in ("service", "timer"))
        assert "Persistent=true" in timer
        assert "OnCalendar=*:0/30" in timer
        assert "My 100%% Brand" in service
        assert " -m insights run --due" in service

    def test_crons_line_runs_in_a_shell_and_asks_what_is_due(self, settings, tmp_path):
        lines = timers.files(settings, "cron", minutes=5)["insights.cron"].splitlines()
        assert lines[1].startswith("*/5 * * * * ")
        assert r"100\% Brand" in lines[1]
        assert lines[3].startswith("@reboot ")
        asked = lines[1].split(" ", 5)[5].replace(r"\%", "%")  # as cron hands it to the shell
        told = tmp_path / "told"
        fake = tmp_path / "python"
        fake.write_text(f'#!/bin/sh\necho "$PWD $INSIGHTS_WORKSPACE $*" > {told}\n')
        fake.chmod(0o755)
        subprocess.run(["sh", "-c", asked.replace(sys.executable, str(fake))], check=True)
        root = settings.root
        assert told.read_text() == f"{root} {root} -m insights run --due\n"

    def test_minutes_that_do_not_divide_the_hour_are_refused(self, settings):
        with pytest.raises(ParameterError, match="every 7 minutes"):
            timers.files(settings, "cron", minutes=7)

    def test_a_path_that_no_timer_can_hold_is_refused(self, settings):
        broken = settings.model_copy(update={"root": Path("/srv/a\nb")})
        with pytest.raises(SettingsError, match="line break"):
            timers.files(broken, "systemd")


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A system of our own, whose programs write down how they were called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    told = tmp_path / "told"
    table = tmp_path / "table"
    table.write_text("0 1 * * * backup\n")
    (folder / "crontab").write_text(
        f'#!/bin/sh\nif [ "$1" = -l ]; then cat {table}; else cat > {table}.new; '
        f"mv {table}.new {table}; fi\n"
    )
    (folder / "systemctl").write_text(f'#!/bin/sh\necho "$*" >> {told}\n')
    for program in folder.iterdir():
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return told, table


class TestInstall:
    def test_crons_lines_are_added_to_the_users_own_and_not_twice(self, settings, tmp_path, system):
        _, table = system
        for minutes in (15, 15, 30):
            timers.write(tmp_path, timers.files(settings, "cron", minutes=minutes))
            timers.install("cron", tmp_path, settings.root)
        lines = table.read_text().splitlines()
        assert lines[0] == "0 1 * * * backup"
        assert sum("run --due" in line for line in lines) == 2
        assert any(line.startswith("*/30 ") for line in lines)

    def test_systemd_is_told_what_the_dry_run_says(self, settings, tmp_path, system):
        told, _ = system
        timers.write(tmp_path, timers.files(settings, "systemd"))
        timers.install("systemd", tmp_path, settings.root)
        said = [shlex.join(c[1:]) for c in timers.commands("systemd", tmp_path, settings.root)]
        assert told.read_text().splitlines() == said

    def test_a_machine_without_it_is_told_of_the_other(self, settings, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(RunFailed, match="Try --kind systemd"):
            timers.install("cron", tmp_path, settings.root)
