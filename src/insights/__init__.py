"""Honest customer analytics for brands with a private domain."""
