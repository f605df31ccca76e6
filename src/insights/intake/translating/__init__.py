"""Translating: a page of text and its adapter become batches of canonical tables, accounted for.

Memory is bounded: rows pass through DuckDB as a stream into parquet files of the load's scratch
folder. A phone is a keyed id before anything else sees it, and what no adapter declares is never
read.
"""
