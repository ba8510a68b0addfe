"""Embed the values of a column."""
