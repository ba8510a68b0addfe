"""Helpers that at least three packages use: paths, digests of values, the caller's frame, the log."""
