"""Direct: the world as canonical rows, straight into a lake, for sizes at which files are a detour.

Every customer is known here: facts carry the true customer. What identity resolution makes of it is
tried on the exports.
"""

from insights.demo.direct.source import DirectSource, Rows

__all__ = ["DirectSource", "Rows"]
