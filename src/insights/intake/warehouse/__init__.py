"""Warehouse: a team that has its tables already offers them as canonical ones, checked before."""

from insights.intake.warehouse.checking import check
from insights.intake.warehouse.offered import Offered, offered
from insights.intake.warehouse.source import TableSource

__all__ = ["Offered", "TableSource", "check", "offered"]
