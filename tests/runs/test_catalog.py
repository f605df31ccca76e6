import pytest

from insights.errors import SettingsError, UnknownReport
from insights.runs.catalog import load_catalog
from tests.runs.conftest import PARAMETERS, notebook


class TestLoadCatalog:
    def test_reads_every_report_in_the_order_of_the_file(self, write):
        catalog = load_catalog(write(cohort=notebook(), churn=notebook()))
        assert list(catalog.reports) == ["cohort", "churn"]
        assert [report.name for report in catalog.main] == ["cohort", "churn"]

    def test_all_that_is_wrong_with_the_file_is_said_at_once(self, write):
        settings = write(cohort=notebook())
        (settings.notebooks / "catalog.toml").write_text(
            '[report.typo]\n[reports.cohort]\ntitle = ""\nreaders = ["me"]\nauthor = "me"\n'
            '[reports.gone]\ntitle = "t"\nquestion = "q"\nreaders = ["me"]\n[reports."../x"]\n'
        )
        with pytest.raises(SettingsError) as refused:
            load_catalog(settings)
        for said in (
            "unknown table 'report'",
            "reports.cohort.title (line 3)",
            "reports.cohort.question (line 2): Field required",
            "reports.cohort.author (line 5): Extra inputs",
            "reports.gone (line 6): the notebook 'gone.ipynb' does not exist",
            "reports.../x.name",
        ):
            assert said in str(refused.value)

    def test_a_file_that_is_not_toml_is_refused(self, write):
        settings = write(cohort=notebook())
        (settings.notebooks / "catalog.toml").write_text("[reports")
        with pytest.raises(SettingsError, match="not valid TOML"):
            load_catalog(settings)

    @pytest.mark.parametrize(
        ("content", "said"),
        [(b"reports = 3", "one table a report"), ("# 复购".encode("gbk"), "is not UTF-8")],
    )
    def test_a_file_that_is_no_catalog_is_refused(self, write, content, said):
        settings = write(cohort=notebook())
        (settings.notebooks / "catalog.toml").write_bytes(content)
        with pytest.raises(SettingsError, match=said):
            load_catalog(settings)

    def test_a_workspace_without_catalog_is_told_what_it_needs(self, write):
        settings = write(cohort=notebook())
        (settings.notebooks / "catalog.toml").unlink()
        with pytest.raises(SettingsError, match="one entry a report"):
            load_catalog(settings)

    def test_an_unknown_report_is_refused_with_the_nearest(self, write):
        with pytest.raises(UnknownReport, match="Did you mean 'cohort'"):
            load_catalog(write(cohort=notebook())).report("cohorts")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{}", "is not a notebook"),
            (notebook(parameters=PARAMETERS).replace('"parameters"', '"other"'), "has no cells"),
            (notebook().replace('"kernelspec"', '"kernel"'), "names no kernel"),
            (notebook(parameters="as_of = '2017-12-31'"), "as_of"),
        ],
    )
    def test_a_notebook_that_cannot_be_run_is_refused_with_its_line(self, write, text, said):
        with pytest.raises(SettingsError) as refused:
            load_catalog(write(good=notebook(), cohort=text))
        assert "reports.cohort (line 6): " in str(refused.value)
        assert said in str(refused.value)
        assert "reports.good" not in str(refused.value)

    @pytest.mark.parametrize(
        ("added", "said"),
        [
            ('after = ["cohort"]', "it would wait for itself: cohort -> cohort"),
            ('after = ["churn"]', "it would wait for itself: cohort -> churn -> cohort"),
            ('after = ["churns"]', "after: there is no report 'churns' Did you mean 'churn'?"),
            (
                'schedule = { cron = "0 7 * * *" }\nafter = ["churn"]',
                "'churn' is not made for the same days, so it would wait for ever",
            ),
        ],
    )
    def test_reports_that_would_wait_for_ever_are_refused(self, write, added, said):
        settings = write(churn=notebook(), cohort=notebook())
        path = settings.notebooks / "catalog.toml"
        text = path.read_text().replace("main = true", 'main = true\nafter = ["cohort"]', 1)
        path.write_text(f"{text}\n{added}\n")
        with pytest.raises(SettingsError) as refused:
            load_catalog(settings)
        assert "reports.cohort" in str(refused.value)
        assert said in str(refused.value)

    @pytest.mark.parametrize(
        ("added", "said"),
        [
            (
                'sets = [{ name = "a", parameters = { min_customer = 3 } }]',
                "sets: 'a': The report 'cohort' has no parameter 'min_customer'. Did you mean "
                "'min_customers'?",
            ),
            ('sets = [{ name = "a", parameters = { share = "half" } }]', "share must be a number"),
            ('grid = { region = ["x"] }', "grid: The report 'cohort' has no parameter 'region'"),
            ('grid = { live = ["yes", "maybe"] }', "live must be true or false; found 'maybe'"),
            ('grid = { as_of = ["2017-01-31"] }', "grid: the clock gives each day"),
            ('notify = { success = ["team"] }', "notify: insights.toml has no [notify.to.team]"),
            ('schedule = { cron = "0 7 * *" }', "(line 6): '0 7 * *' is no cron expression"),
            (
                'schedule = { cron = "0 0 30 2 *" }',
                "'0 0 30 2 *' is no cron expression (Bad day-of-month)",
            ),
            (
                'schedule = { cron = "0 7 * * *", time_zone = "Shanghai" }',
                "no time zone 'Shanghai'",
            ),
            ('brands = ["shp"]', "brands: there is no brand 'shp' Did you mean 'shop'?"),
            ("retries = 50", "(line 6): Input should be less than or equal to 5"),
            ("limits = { minutes = 0 }", "cohort.limits.minutes (line 6): Input should be greater"),
            ('grid = { region = { query = "" } }', "cohort.grid.region"),
            (
                'schedule = { cron = "0 7 * * *", '
                'special = [{ first = "11-31", last = "12-01", why = "a sale" }] }',
                "'11-31' is no day of the year",
            ),
            (
                'schedule = { cron = "0 7 * * *", '
                'special = [{ first = "01-01", last = "12-31", why = "never" }] }',
                "its special days take up the whole year",
            ),
            (
                'sets = [{ name = "a", parameters = { region = "x" } }, { name = "a" }]\n'
                'grid = { region = ["x"] }',
                "'a' is there twice",
            ),
        ],
    )
    def test_what_cannot_be_is_refused_with_its_line(self, write, added, said):
        settings = write(cohort=notebook())
        path = settings.notebooks / "catalog.toml"
        path.write_text(f"{path.read_text()}\n{added}\n")
        with pytest.raises(SettingsError) as refused:
            load_catalog(settings)
        assert said in str(refused.value)
