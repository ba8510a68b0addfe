"""Ledger of the store: usage of requests, from which prices are learned, and the label sets that were asked about."""
