"""Estimates before a run: requests, time, tokens and cost, and a look at the images."""
