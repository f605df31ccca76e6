"""Segments: which customers are alike in when, how often and for how much they buy, and who moved?

Stands on results and charts. Reads no file and no database: give it frames.
"""

from insights.analyses.segments.rfm import SEGMENTS, Segments, rfm, value
from insights.periods import let_read_days

__all__ = ["SEGMENTS", "Segments", "rfm", "value"]

let_read_days(globals(), __all__)
