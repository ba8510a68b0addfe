"""Review: a gallery in which a person corrects labels; every correction is saved in a file."""

from jsdf.display.review.review import Review

__all__ = ["Review"]
