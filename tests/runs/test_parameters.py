import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.errors import ParameterError
from insights.runs.parameters import convert, declared_by, declared_in, resolve, with_shorthands
from tests.runs.conftest import PARAMETERS, cell, notebook


@pytest.fixture
def declared():
    return declared_by(PARAMETERS, "cohort.ipynb")


class TestDeclaredBy:
    def test_reads_name_type_default_and_meaning_without_running_the_cell(self, declared):
        found = declared["min_customers"]
        assert (found.kind, found.default) == ("int", 30)
        assert found.meaning == "leave out cohorts smaller than this"

    def test_a_text_that_is_a_day_is_a_date(self, declared):
        assert declared["as_of"].kind == "date"

    def test_none_makes_a_parameter_optional(self):
        found = declared_by(PARAMETERS + "top: int | None = None  # how many\n", "c.ipynb")["top"]
        assert (found.kind, found.default, found.optional) == ("int", None, True)

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("size = 30  # smallest", "not a typed assignment"),
            ("size: list = []  # smallest", "has the type 'list'"),
            ("size: int = 30", "lacks its comment"),
            ("size: int = 'x'  # smallest", "needs a default that is a whole number"),
            ("size: int = max(1, 2)  # smallest", "needs a default"),
            ("size: bool = 1  # smallest", "needs a default that is true or false"),
            ("import os", "not a typed assignment"),
            ("size: int = ", "not Python"),
        ],
    )
    def test_a_declaration_that_cannot_be_read_is_refused_in_words(self, line, said):
        with pytest.raises(ParameterError, match=said):
            declared_by(PARAMETERS + line, "cohort.ipynb")

    def test_a_notebook_must_declare_as_of_and_lang(self):
        with pytest.raises(ParameterError, match="must declare the parameter as_of"):
            declared_by('lang: str = "en"  # language', "cohort.ipynb")

    def test_a_notebook_without_parameters_cell_is_refused(self, tmp_path):
        path = tmp_path / "bare.ipynb"
        path.write_text('{"cells": []}')
        with pytest.raises(ParameterError, match="no cells tagged 'parameters'"):
            declared_in(path)

    def test_two_parameters_cells_are_refused(self, tmp_path):
        path = tmp_path / "two.ipynb"
        both = notebook().replace(
            '"cells": [', f'"cells": [{json.dumps(cell("1", "parameters"))}, '
        )
        path.write_text(both)
        with pytest.raises(ParameterError, match="2 cells tagged"):
            declared_in(path)

    def test_a_file_that_is_no_notebook_is_refused(self, tmp_path):
        path = tmp_path / "torn.ipynb"
        path.write_text('{"cells": [')
        with pytest.raises(ParameterError, match="not a notebook"):
            declared_in(path)


class TestResolve:
    def test_what_is_not_given_has_its_default(self, declared):
        assert resolve(declared, {}, report="cohort")["min_customers"] == 30

    def test_text_is_converted_by_the_declared_type(self, declared):
        given = {"min_customers": "20", "share": "1", "live": "true", "channel": "20260630"}
        found = resolve(declared, given, report="cohort")
        assert found["min_customers"] == 20
        assert (type(found["share"]), found["live"], found["channel"]) == (float, True, "20260630")

    def test_an_unknown_name_is_refused_with_the_nearest(self, declared):
        with pytest.raises(ParameterError, match=r"no parameter 'as_off'\. Did you mean 'as_of'"):
            resolve(declared, {"as_off": "2017-12-31"}, report="cohort")

    def test_everything_wrong_is_said_at_once(self, declared):
        with pytest.raises(ParameterError, match=r"(?s)share must.*live must"):
            resolve(declared, {"share": "many", "live": "1"}, report="cohort")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("min_customers", "2.0"),
            ("min_customers", "1_000"),
            ("min_customers", True),
            ("min_customers", 2.5),
            ("min_customers", ""),
            ("min_customers", None),
            ("share", "nan"),
            ("share", "1e"),
            ("live", "yes"),
            ("live", 1),
            ("channel", 7),
            ("lang", "zh"),
            ("as_of", "2017-02-30"),
            ("as_of", "20171231"),
            ("as_of", "2017-12-31T00:00"),
            ("as_of", 20171231),
        ],
    )
    def test_a_value_of_another_kind_is_refused(self, declared, name, value):
        with pytest.raises(ParameterError, match=f"{name} must be"):
            resolve(declared, {name: value}, report="cohort")

    @given(st.integers())
    def test_every_whole_number_comes_through_its_text(self, number):
        parameter = declared_by(PARAMETERS, "c.ipynb")["min_customers"]
        assert convert(parameter, str(number)) == number

    @given(st.floats(allow_nan=False, allow_infinity=False))
    def test_every_number_comes_through_its_text(self, number):
        assert convert(declared_by(PARAMETERS, "c.ipynb")["share"], repr(number)) == number

    @given(st.text())
    def test_a_text_is_never_turned_into_anything_else(self, text):
        assert convert(declared_by(PARAMETERS, "c.ipynb")["channel"], text) == text


class TestWithShorthands:
    def test_as_of_twice_and_equal_is_fine(self):
        found = with_shorthands({"as_of": "2017-06-30"}, as_of="2017-06-30", lang=None)
        assert found == {"as_of": "2017-06-30"}

    def test_as_of_twice_and_different_is_refused(self):
        with pytest.raises(ParameterError, match="--as-of says 2017-06-30 and -p as_of says"):
            with_shorthands({"as_of": "2017-07-31"}, as_of="2017-06-30", lang=None)
