"""The store: a lake of Delta tables per brand, read by DuckDB, asked through marts.

`loads` says what is visible, `writer` changes it, `lake` reads it, `session` knows the run.
"""
