"""Limits of a run: its rate, and its budget of requests and tokens."""
