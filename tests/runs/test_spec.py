import json
from datetime import date

import pytest

from insights.errors import EmptyLake, OutsideData, ParameterError
from insights.runs.catalog import load_catalog
from insights.runs.spec import plan
from insights.settings import Settings
from tests.runs.conftest import load, notebook


@pytest.fixture
def settings(write):
    return write(cohort=notebook("1"))


def planned(settings, **asked):
    return plan(settings, load_catalog(settings), "cohort", **asked)


class TestPlan:
    def test_without_as_of_it_is_the_last_day_with_data(self, settings):
        load(settings, last=date(2017, 11, 20))
        assert planned(settings).as_of == date(2017, 11, 20)

    def test_without_lang_it_is_the_brands(self, settings):
        assert planned(settings).lang == "en"

    def test_pages_stand_in_their_own_folder(self, settings):
        assert planned(settings).home == "shop/cohort/2017-12-31/default"
        assert planned(settings, lang="zh-CN").home == "shop/cohort/2017-12-31/lang=zh-CN"

    def test_a_day_after_today_is_refused(self, settings):
        with pytest.raises(ParameterError, match=r"today is 2017-06-01 in Asia/Shanghai"):
            planned(settings, as_of="2017-06-02", today=date(2017, 6, 1))

    @pytest.mark.parametrize("day", ["2016-12-31", "2018-01-08"])
    def test_a_day_outside_the_data_is_refused_with_their_range(self, settings, day):
        with pytest.raises(OutsideData, match=r"2017-01-01.*2017-12-31"):
            planned(settings, as_of=day)

    def test_a_quiet_week_after_the_last_day_is_fine(self, settings):
        assert planned(settings, as_of="2018-01-07").as_of == date(2018, 1, 7)

    def test_an_empty_lake_names_the_command_that_fills_it(self, settings):
        (settings.data / "shop" / "lake" / "current.json").unlink()
        with pytest.raises(EmptyLake, match="insights ingest"):
            planned(settings)

    def test_nothing_is_written_by_planning(self, settings):
        before = sorted(settings.root.rglob("*"))
        planned(settings)
        assert sorted(settings.root.rglob("*")) == before


class TestRunKey:
    def test_is_the_same_for_the_same_run_however_it_was_asked_for(self, settings):
        asked = planned(settings, given={"as_of": "2017-12-31", "min_customers": "30"})
        assert asked.run_key == planned(settings).run_key

    @pytest.mark.parametrize(
        "asked", [{"as_of": "2017-11-30"}, {"lang": "zh-CN"}, {"given": {"min_customers": 20}}]
    )
    def test_moves_with_what_is_asked(self, settings, asked):
        assert planned(settings, **asked).run_key != planned(settings).run_key

    def test_moves_with_the_data(self, settings):
        before = planned(settings).run_key
        load(settings, "L2")
        assert planned(settings).run_key != before

    def test_moves_with_the_notebook_but_not_with_its_outputs(self, settings):
        before = planned(settings).run_key
        path = settings.notebooks / "cohort.ipynb"
        held = json.loads(path.read_text())
        held["cells"][-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1"}]
        held["cells"][-1]["execution_count"] = 4
        path.write_text(json.dumps(held))
        assert planned(settings).run_key == before
        path.write_text(notebook("2"))
        assert planned(settings).run_key != before

    def test_moves_with_the_saved_segments(self, settings):
        keys = [planned(settings).run_key]
        folder = settings.data / "shop" / "segments"
        folder.mkdir()
        for held in (b"a", b"ab"):
            (folder / "whales.parquet").write_bytes(held)
            keys += [planned(settings).run_key, planned(settings).run_key]
        (folder / "whales.parquet").unlink()
        keys.append(planned(settings).run_key)
        assert [keys.index(key) for key in keys] == [0, 1, 1, 3, 3, 0]

    def test_moves_with_the_lock_and_the_brands_settings(self, settings):
        before = planned(settings).run_key
        (settings.root / "requirements.lock").write_text("numpy==2\n")
        locked = planned(settings).run_key
        toml = settings.root / "insights.toml"
        toml.write_text(toml.read_text().replace("USD", "CNY"))
        assert len({before, locked, planned(Settings.load(settings.root)).run_key}) == 3


class TestFolderName:
    def test_names_what_differs_from_the_defaults(self, settings):
        given = {"min_customers": 20, "live": "true", "share": "0.5"}
        assert planned(settings, given=given).folder == "live=true,min_customers=20"

    def test_odd_and_long_values_get_a_safe_name_of_their_own(self, settings):
        odd = [planned(settings, given={"channel": value}).folder for value in ("../x", "x/..")]
        long = [planned(settings, given={"channel": "x" * 200 + end}).folder for end in "ab"]
        names = {*odd, *long}
        assert len(names) == 4
        assert all("/" not in name and len(name) <= 80 for name in names)
