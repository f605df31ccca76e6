"""What the official account leaves out, from its export to the page of contents.

It reports no article and day with fewer than three actions: whoever reads the page must be told,
and an article that nobody reports must not pass for one that nobody read.
"""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import insights as ins
from insights.analyses import health
from insights.intake import FilesSource, ingest
from insights.runs import load_catalog, plan, run_reports
from insights.settings import Settings
from insights.store.lake import open_lake
from tests.samples.official_account import article_details
from tests.samples.official_account.article_details import SAMPLE, day
from tests.samples.pos import sales
from tests.sources.checks import workspace

LEAST = 3  # actions of an article and day, with fewer the platform says nothing of the day
AS_OF = "2026-05-03"
NOTE = "fewer than three actions"


def export(readers: list[list[int]]) -> Any:
    """Return the platform's answer for articles with so many new readers on each day."""
    articles = []
    for number, new in enumerate(readers, start=1):
        told = [
            day(f"2026-05-{1 + k:02d}", sum(new[: k + 1]), sum(new[: k + 1]), 1, 0.01)
            for k, count in enumerate(new)
            if count >= LEAST
        ]
        articles.append(
            {
                "ref_date": "2026-05-01", "msgid": f"2247490098_{number}", "publish_type": 0,
                "title": f"春季上新 {number}", "detail_list": told,
            }
        )  # fmt: skip
    return {"is_delay": False, "list": articles}


@pytest.fixture
def settings(tmp_path) -> Settings:
    """A lake of three articles: read for days, read once, and of which no day is reported."""
    made = workspace(tmp_path)
    sample = replace(SAMPLE, document=export([[120, 2, 5], [30, 2, 1], [2, 2, 2]]))
    paths = []
    for one in (sample, sales.SAMPLE):
        paths.append(tmp_path / one.file)
        paths[-1].write_bytes(one.content())
    files = FilesSource(paths, made, made.brand(), {"exported_at": "2026-05-10 09:00:00"})
    ingest(made, made.brand(), files)
    return made


def test_days_that_the_platform_leaves_out_are_carried_to_other_reports(settings):
    lake = open_lake(settings, as_of=AS_OF)
    found = health.notes(**lake.health())
    assert [NOTE in found.say(caveat) for caveat in found.caveats].count(True) == 1
    days = lake.mart("article_days")
    told = days.groupby("content_id")["readers"].sum().to_dict()
    # What came on a day that is left out is in the sum of the next day that is told.
    assert told == {f"{article_details.PUSH}_1": 127, f"{article_details.PUSH}_2": 30}
    # An article of which no day is told is in no figure, rather than read by nobody.
    reach = lake.mart("content_reach")
    assert set(reach["content_id"]) == set(told)


@pytest.mark.slow
def test_the_page_of_contents_says_so(settings):
    repository = Path(ins.__file__).parents[2]
    shutil.copytree(repository / "notebooks", settings.root / "notebooks")
    spec = plan(settings, load_catalog(settings), "content_engagement", lang="en", as_of=AS_OF)
    (run,) = run_reports(settings, [spec])
    assert (run.status, run.error) == ("published", "")
    pages = list(settings.reports.rglob("*.html"))
    assert pages
    assert any(NOTE in page.read_text() for page in pages)
