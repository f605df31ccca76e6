from importlib.resources import files

import pytest

from insights import schema, sources
from insights.errors import UnknownSource


def test_every_folder_with_a_source_is_one():
    assert "completejourney" in sources.names()
    assert all(
        (files("insights.sources") / name / "source.py").is_file() for name in sources.names()
    )


@pytest.mark.parametrize("name", sources.names())
class TestEachSource:
    def test_is_called_as_its_folder_and_says_what_it_is(self, name):
        source = sources.get(name)
        assert source.name == name
        assert source.label
        assert source.version

    def test_fills_tables_that_are_declared(self, name):
        assert set(sources.get(name).tables) <= set(schema.names())
        assert sources.get(name).tables

    def test_says_in_a_readme_what_becomes_of_what(self, name):
        assert (files("insights.sources") / name / "README.md").is_file()


def test_an_adapter_is_one_short_file_and_no_program():
    """What docs/sources.md says of how little each has taken."""
    folders = [f for f in files("insights.sources").iterdir() if f.is_dir()]
    declared = [f for folder in folders for f in folder.iterdir() if f.name.endswith(".toml")]
    assert len(declared) == len(sources.adapters())
    lines = sorted(len(file.read_text("utf-8").splitlines()) for file in declared)
    assert lines[-1] <= 130
    assert lines[(len(lines) - 1) // 2] <= 80
    programs = {f.name for f in folders if any(g.name.endswith(".py") for g in f.iterdir())}
    assert programs == {*sources.names()}


@pytest.mark.parametrize("name", ["complete_journey", "completejourney ", "CompleteJourney"])
def test_an_unknown_source_is_refused_with_the_nearest(name):
    with pytest.raises(UnknownSource, match="Did you mean 'completejourney'"):
        sources.get(name)


def test_a_name_like_no_source_lists_them():
    with pytest.raises(UnknownSource, match=r"no source called 'xyz'\. Known: completejourney"):
        sources.get("xyz")
