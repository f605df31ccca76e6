"""Answers of WeCom's API, as somebody saves them."""
