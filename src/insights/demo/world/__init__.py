"""The world of a simulated brand: people, what they do, and why. In blocks, from one seed."""

from insights.demo.world.block import Block
from insights.demo.world.parameters import CHANNELS, PRIVATE, WORLDS, Effects, Parameters
from insights.demo.world.world import LAST_DAY, Spec, World

__all__ = [
    "CHANNELS",
    "LAST_DAY",
    "PRIVATE",
    "WORLDS",
    "Block",
    "Effects",
    "Parameters",
    "Spec",
    "World",
]
