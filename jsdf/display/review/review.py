"""The public `Review`: the state of a review with the representations of a gallery."""

from __future__ import annotations

from jsdf.display.gallery.gallery import Gallery
from jsdf.display.review.model import ReviewModel


class Review(Gallery, ReviewModel):
    """Labels that a person corrects; made by `jsdf.review`, shown by a notebook as a cell's last value."""
