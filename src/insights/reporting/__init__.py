"""Reporting: an executed notebook becomes a page for the manager and one for the analyst."""
