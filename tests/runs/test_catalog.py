import pytest

from insights.errors import SettingsError, UnknownReport
from insights.runs.catalog import load_catalog
from tests.runs.conftest import notebook


class TestLoadCatalog:
    def test_reads_every_report_in_the_order_of_the_file(self, write):
        catalog = load_catalog(write(cohort=notebook(), churn=notebook()))
        assert list(catalog.reports) == ["cohort", "churn"]
        assert [report.name for report in catalog.main] == ["cohort", "churn"]

    def test_all_that_is_wrong_with_the_file_is_said_at_once(self, write):
        settings = write(cohort=notebook())
        (settings.notebooks / "catalog.toml").write_text(
            '[report.typo]\n[reports.cohort]\ntitle = ""\nreaders = ["me"]\nowner = "me"\n'
            '[reports.gone]\ntitle = "t"\nquestion = "q"\nreaders = ["me"]\n[reports."../x"]\n'
        )
        with pytest.raises(SettingsError) as refused:
            load_catalog(settings)
        for said in (
            "unknown table 'report'",
            "reports.cohort.title",
            "reports.cohort.question: Field required",
            "reports.cohort.owner: Extra inputs",
            "'gone.ipynb' does not exist",
            "reports.../x.name",
        ):
            assert said in str(refused.value)

    def test_a_file_that_is_not_toml_is_refused(self, write):
        settings = write(cohort=notebook())
        (settings.notebooks / "catalog.toml").write_text("[reports")
        with pytest.raises(SettingsError, match="not valid TOML"):
            load_catalog(settings)

    def test_a_workspace_without_catalog_is_told_what_it_needs(self, write):
        settings = write(cohort=notebook())
        (settings.notebooks / "catalog.toml").unlink()
        with pytest.raises(SettingsError, match="one entry a report"):
            load_catalog(settings)

    def test_an_unknown_report_is_refused_with_the_nearest(self, write):
        with pytest.raises(UnknownReport, match="Did you mean 'cohort'"):
            load_catalog(write(cohort=notebook())).report("cohorts")
