"""One small world, simulated once."""

from pathlib import Path

import pytest

from insights.demo.world import Block, Spec, World


@pytest.fixture(scope="session")
def world() -> World:
    return World(Spec(customers=20_000))


@pytest.fixture(scope="session")
def everybody(world) -> Block:
    return world.block(0, world.spec.customers)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return Path(__file__).parents[2]
