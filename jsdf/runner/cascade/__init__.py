"""Cascades: cheap answers for all values, and paid ones for those that need it, with a certified agreement."""
