"""The store: a lake of Delta tables per brand, read by DuckDB, asked through marts."""

from insights.store.lake import Lake, current, open_lake

__all__ = ["Lake", "current", "open_lake"]
