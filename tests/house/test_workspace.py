"""The workspace of this repository is an example that its readers edit."""

import re
from pathlib import Path

from insights.settings import Settings

ROOT = Path(__file__).parents[2]


def test_a_setting_that_is_only_mentioned_holds_once_its_mark_is_taken_away(tmp_path):
    text = (ROOT / "insights.toml").read_text("utf-8")
    (tmp_path / "insights.toml").write_text(re.sub(r"(?m)^# (?=\w+ = )", "", text), "utf-8")
    assert Settings.load(tmp_path).brands["completejourney"].rise == "green"
