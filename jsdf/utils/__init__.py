"""Helpers used by at least three packages: paths, image names, digests of values, caller frames, logging."""
