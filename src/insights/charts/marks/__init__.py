"""Marks: the few kinds of picture that the analyses need, each drawn from a tidy frame.

Every mark takes a frame with its columns by keyword and returns the Axes, so that an analyst can
add to it. Labels are messages of the catalogs or text said already; kinds are those of
`insights.wording`. There is no title: the page has one that states the finding.
"""

from insights.charts.marks.forecast import reliability
from insights.charts.marks.ranked import bars, dots
from insights.charts.marks.series import line, steps

__all__ = ["bars", "dots", "line", "reliability", "steps"]
