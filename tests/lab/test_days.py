"""A day may be written as a notebook has it, wherever the door or an analysis asks for one."""

import inspect
import pkgutil
from datetime import date
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

import insights as ins
from insights import analyses
from insights.analyses import cohorts
from insights.errors import ParameterError

DAY = date(2017, 6, 30)
WRITTEN = {
    "date": DAY,
    "text": "2017-06-30",
    "pandas": pd.Timestamp("2017-06-30 18:05"),
    "numpy": np.datetime64("2017-06-30"),
    "nanoseconds": np.datetime64("2017-06-30T18:05:00.000000000"),
}
NAMES = [room.name for room in pkgutil.iter_modules(analyses.__path__)]
ROOMS = [import_module(f"insights.analyses.{name}") for name in NAMES]
# Found by their parameters, not by what was declared of them: whatever is called like a day.
CALLED_LIKE_DAYS = {"as_of", "data_from", "first_day", "last_day", "since", "until", "start", "end"}
ASKED = [
    pytest.param(getattr(room, name), day, id=f"{room.__name__.split('.')[-1]}.{name}-{day}")
    for room in ROOMS
    for name in room.__all__
    if inspect.isfunction(getattr(room, name))
    for day in inspect.signature(getattr(room, name)).parameters
    if day in CALLED_LIKE_DAYS
]


def given(analysis, **days):
    """Return arguments for whatever an analysis needs, of which the days alone are real."""
    needed = {
        p.name: object()
        for p in inspect.signature(analysis).parameters.values()
        if p.default is p.empty and p.kind is not p.VAR_KEYWORD
    }
    return needed | {name: DAY for name in needed if name in CALLED_LIKE_DAYS} | days


def received(analysis, name, **arguments):
    """Return what reached the analysis itself under a name, or its answer where a day is all."""
    inner = inspect.unwrap(analysis).__code__
    try:
        return analysis(**arguments)
    except Exception as error:
        frames = [frame for frame in _frames(error.__traceback__) if frame.f_code is inner]
        found = frames[0].f_locals[name]
        return type(found), found


def _frames(traceback):
    while traceback:
        yield traceback.tb_frame
        traceback = traceback.tb_next


def test_every_room_is_looked_at():
    assert {param.id.split(".")[0] for param in ASKED} >= {"cohorts", "churn", "membership"}
    assert len(ASKED) > 70


@pytest.mark.parametrize(("analysis", "name"), ASKED)
def test_an_analysis_takes_a_day_however_it_is_written(analysis, name):
    for written in WRITTEN.values():
        found = received(analysis, name, **given(analysis, **{name: written}))
        assert found == received(analysis, name, **given(analysis, **{name: DAY}))


@pytest.mark.parametrize(("analysis", "name"), ASKED)
def test_an_analysis_says_how_a_day_is_written(analysis, name):
    for wrong in ("2017-06", "30.06.2017", 20170630, pd.NaT):
        with pytest.raises(ParameterError, match=f"{name} must be .* written YYYY-MM-DD; found"):
            analysis(**given(analysis, **{name: wrong}))


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_the_door_takes_it_too(here, written):
    lake = ins.open_lake(as_of=written)
    assert lake.as_of == DAY
    assert ins.open_lake(as_of="2017-12-31").mart("purchases", written)["paid_at"].max() < (
        pd.Timestamp("2017-07-01")
    )
    for found in (
        ins.mart("purchases", as_of=written),
        ins.sql("SELECT * FROM purchases", as_of=written),
        lake.mart("purchases"),
        lake.sql("SELECT * FROM purchases", as_of=written),
        lake.arrow("SELECT * FROM purchases", as_of=written).read_pandas(),
    ):
        assert pd.Timestamp("2017-06-01") < found["paid_at"].max() < pd.Timestamp("2017-07-01")


def test_a_figure_is_the_same_however_its_day_is_written(here):
    orders = ins.mart("purchases", as_of="2017-12-31")
    said = {
        cohorts.retention(orders, as_of=written, min_customers=1).headline.text("en")
        for written in WRITTEN.values()
    }
    assert len(said) == 1


def test_a_call_that_cannot_be_is_told_in_the_name_of_the_analysis():
    with pytest.raises(TypeError, match=r"retention\(\) got an unexpected keyword argument 'asof'"):
        cohorts.retention(pd.DataFrame(), asof="2017-06-30")
    with pytest.raises(TypeError) as told:
        cohorts.retention(pd.DataFrame())
    assert told.value.__context__ is None, "what Python's own reading of it says comes not on top"
    assert inspect.signature(cohorts.retention).parameters["as_of"].annotation is date
