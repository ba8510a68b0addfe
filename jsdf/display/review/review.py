"""Public class `Review`: the review's model with the representations of a gallery."""

from __future__ import annotations

from jsdf.display.gallery.gallery import Gallery
from jsdf.display.review.model import ReviewModel


class Review(Gallery, ReviewModel):
    """Review of a column's labels, returned by `jsdf.review`; a notebook shows it as a cell's last value."""
