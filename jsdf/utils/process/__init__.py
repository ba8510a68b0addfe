"""Threads, stop signals and the end of the process."""
