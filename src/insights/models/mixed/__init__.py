"""A binomial mixed model, fitted on counts: everything that may move a rate, shrunk together."""
