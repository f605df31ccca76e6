"""Charts: one theme, one font, the marks that the analyses need, and SVG that a page can hold.

Matplotlib is imported when something is drawn, not when this package is.
"""
