"""Analyses: pure functions from frames to results. They never import each other or the store."""
