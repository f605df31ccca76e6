"""Actions: lists that people act on, drawn once, remembered, and written for a spreadsheet."""

from insights.actions.weekly import Weekly, weekly_list

__all__ = ["Weekly", "weekly_list"]
