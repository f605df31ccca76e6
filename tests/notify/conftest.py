"""A clock that only goes on when somebody sleeps, and a robot that follows it."""

import pytest

from tests.notify.robot import playing


class Clock:
    def __init__(self):
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def robot(clock):
    with playing(clock) as found:
        yield found
