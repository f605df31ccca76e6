"""Settings: what may stand in `insights.toml`, and what is said of what may not."""

import os

import pytest
from pydantic import ValidationError

from insights.errors import NoWorkspace, SettingsError, UnknownBrand
from insights.settings import Settings, find_workspace

SHOP = '[brands.shop]\ntitle = "The Shop"\n'


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A workspace with one brand, which is also the current folder."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, SHOP)
    return tmp_path


def write(folder, text):
    (folder / "insights.toml").write_text(text, "utf-8")


def refusal(folder, text):
    write(folder, text)
    with pytest.raises(SettingsError) as refused:
        Settings.load()
    return str(refused.value)


class TestLoad:
    def test_an_empty_file_has_safe_defaults(self, here):
        write(here, "")
        settings = Settings.load()
        assert (settings.lang, settings.engine.threads) == ("zh-CN", 2)
        assert settings.lake.keep_versions_days == 35
        assert (settings.data, settings.reports) == (here / "data", here / "reports")

    def test_a_brand_is_called_as_its_table(self, here):
        write(here, "[brands.shop]\n")
        brand = Settings.load().brands["shop"]
        assert (brand.name, brand.title, brand.currency) == ("shop", "shop", "CNY")
        assert str(brand.zone) == "Asia/Shanghai"

    def test_a_brand_may_have_a_chinese_name(self, here):
        write(here, '[brands."极光"]\n')
        assert Settings.load().brand("极光").title == "极光"

    def test_a_file_that_notepad_saved_is_read(self, here):
        (here / "insights.toml").write_bytes(b"\xef\xbb\xbf" + SHOP.encode())
        assert "shop" in Settings.load().brands

    def test_settings_do_not_change(self, here):
        with pytest.raises(ValidationError, match="frozen"):
            Settings.load().lang = "en"

    def test_the_environment_wins(self, here, monkeypatch):
        monkeypatch.setenv("INSIGHTS_BRAND", "shop")
        monkeypatch.setenv("INSIGHTS_LANG", "en")
        settings = Settings.load()
        assert (settings.brand().name, settings.lang) == ("shop", "en")

    def test_a_brand_speaks_its_own_language_where_it_has_one(self, here):
        write(here, SHOP + 'lang = "en"\n[brands.other]\n')
        settings = Settings.load()
        assert settings.lang_of(settings.brand("shop")) == "en"
        assert settings.lang_of(settings.brand("other")) == "zh-CN"


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("brnads = 1", "there is no setting 'brnads'. Did you mean 'brands'?"),
            ("[engine]\nmemory_limt = '3GB'", "'engine.memory_limt'. Did you mean 'memory_limit'?"),
            ("[brands.a]\ncurency = 'CNY'", "'brands.a.curency'. Did you mean 'currency'?"),
            ("[engine]\nthreads = '2'", "engine.threads: Input should be a valid integer"),
            ("[engine]\nthreads = true", "(found True)"),
            ("[engine]\nthreads = 0", "greater than or equal to 1 (found 0)"),
            ("[engine]\nmemory_limit = 'much'", "engine.memory_limit"),
            ("engine = 3", "'engine' must be a table (found 3)"),
            ("brands = 'a'", "'brands' must be a table (found 'a')"),
            ("[brands]\na = 1", "'brands.a' must be a table (found 1)"),
            ("[brands.a]\ntime_zone = 'Asia/Peking'", "no such time zone"),
            ("[brands.a]\ntime_zone = 'Asia'", "no such time zone"),
            ("[brands.a]\ntime_zone = '../etc'", "no such time zone"),
            ("[brands.a]\ncurrency = 'RMB'", "write its ISO code, as 'CNY' or 'USD' (found 'RMB')"),
            ("[brands.a]\nlang = 'zh'", "brands.a.lang: Input should be 'zh-CN' or 'en'"),
            ("[brands.a]\ntrifle_amount = -1", "brands.a.trifle_amount"),
            ("[brands.a]\ntrifle_amount = inf", "finite number (found inf)"),
            ("[brands.a]\nname = 'b'", "'a' is named by its table; remove its 'name'"),
            ("[brands.'../b']\n", "brands.../b.name"),
            ("[brands.'']\n", "name"),
            ("[lake]\nkeep_versions_days = 0", "lake.keep_versions_days"),
            ("root = 'x'", "sets 'root', which is where the file is. Remove it."),
            ("lang =", "not valid TOML"),
        ],
    )
    def test_says_where_it_is_wrong_and_what_was_found(self, here, text, said):
        assert said in refusal(here, text)

    def test_everything_wrong_is_said_at_once(self, here):
        said = refusal(here, "lang = 'fr'\n[engine]\nthreads = 0")
        assert "lang" in said
        assert "engine.threads" in said

    def test_a_file_in_another_encoding_is_no_toml(self, here):
        (here / "insights.toml").write_bytes('title = "极光"'.encode("gb18030"))
        with pytest.raises(SettingsError, match="not valid TOML"):
            Settings.load()

    def test_a_variable_of_the_environment_is_named(self, here, monkeypatch):
        monkeypatch.setenv("INSIGHTS_LANG", "fr")
        assert r"$INSIGHTS_LANG: Input should be 'zh-CN' or 'en' (found 'fr')" in refusal(
            here, SHOP
        )


class TestBrand:
    def test_one_that_is_not_declared_is_refused_with_the_nearest(self, here):
        with pytest.raises(
            UnknownBrand, match=r"Did you mean 'shop'\? Declare it as \[brands.shp\]"
        ):
            Settings.load().brand("shp")

    def test_without_a_default_the_first_declared_takes_loads_and_the_first_with_data_is_read(
        self, here
    ):
        (here / "insights.toml").write_text("[brands.mine]\n[brands.other]\n")
        settings = Settings.load()
        assert settings.brand().name == "mine"
        (here / "data" / "other" / "lake").mkdir(parents=True)
        (here / "data" / "other" / "lake" / "current.json").write_text("{}")
        assert settings.brand().name == "other"
        assert settings.brand(for_loading=True).name == "mine"

    def test_a_workspace_without_brands_is_told_to_declare_one(self, here):
        (here / "insights.toml").write_text("")
        with pytest.raises(UnknownBrand, match="declares no brand"):
            Settings.load().brand()

    def test_the_default_one_must_be_declared_too(self, here):
        (here / "insights.toml").write_text('default_brand = "gone"\n[brands.mine]\n')
        with pytest.raises(UnknownBrand, match="no brand called 'gone'"):
            Settings.load().brand()


class TestFindWorkspace:
    def test_it_is_found_from_a_folder_below(self, here, monkeypatch):
        (here / "notebooks" / "research").mkdir(parents=True)
        monkeypatch.chdir(here / "notebooks" / "research")
        assert find_workspace() == here

    def test_it_may_be_named_by_its_folder_or_by_its_file(self, here):
        assert find_workspace(here) == find_workspace(here / "insights.toml") == here

    def test_the_environment_names_it(self, here, tmp_path_factory, monkeypatch):
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        monkeypatch.chdir(elsewhere)
        monkeypatch.setenv("INSIGHTS_WORKSPACE", str(here))
        assert find_workspace() == here

    def test_a_folder_inside_one_is_not_taken_for_it(self, here):
        """Whoever names a folder means it: the data of the one above would be the wrong ones."""
        (here / "north").mkdir()
        with pytest.raises(
            NoWorkspace, match=r"'.*north' has no insights.toml. Did you mean '.*'\?"
        ):
            find_workspace(here / "north")

    def test_a_variable_that_names_no_folder_is_named(self, here, monkeypatch):
        monkeypatch.setenv("INSIGHTS_WORKSPACE", str(here / "gone"))
        with pytest.raises(NoWorkspace, match=r"\(of \$INSIGHTS_WORKSPACE\) is no folder"):
            Settings.load()

    def test_outside_of_one_it_says_what_to_do(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(os, "environ", {})
        with pytest.raises(NoWorkspace, match=r"insights init FOLDER., or set INSIGHTS_WORKSPACE"):
            find_workspace()
