"""The lab: what does a data scientist need between a question and a report?

A look at the page before there is a notebook, the data of an earlier run, what moved between two
runs, a workspace to work in, a skeleton to start from, and the way from free notebook to report.
"""
