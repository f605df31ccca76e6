"""What an analysis hands back: a small frozen result whose every sentence has been checked."""

from insights.results.bundle import MIME, SCHEMA_VERSION, Bundle, FilePart
from insights.results.claims import Check, Claim, Holds, Tile
from insights.results.groups import SMALLEST_GROUP
from insights.results.model_cards import model_card, model_in
from insights.results.pages import Answer, Checks, Limits
from insights.results.result import Column, NotEnoughData, Result
from insights.results.unknown import identity_caveats, nobody_known

__all__ = [
    "MIME",
    "SCHEMA_VERSION",
    "SMALLEST_GROUP",
    "Answer",
    "Bundle",
    "Check",
    "Checks",
    "Claim",
    "Column",
    "FilePart",
    "Holds",
    "Limits",
    "NotEnoughData",
    "Result",
    "Tile",
    "identity_caveats",
    "model_card",
    "model_in",
    "nobody_known",
]
