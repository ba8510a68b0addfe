"""Rows of a gallery that match filters, their order, and counts of them for each filter."""
