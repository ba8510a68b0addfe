"""Streams: windows of rows that are labelled as they come, one job each."""
