"""Estimators on plain arrays: intervals, shrinkage, survival, purchase counts.

They know nothing of tables, brands or pages. Each module is imported by its own name, so that the
light ones stay light: `import insights.models.intervals` loads numpy and nothing heavier.
"""
