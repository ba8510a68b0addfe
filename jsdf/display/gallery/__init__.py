"""The gallery: labelled rows as tiles, with filters, an order and pages."""

from jsdf.display.gallery.gallery import Gallery

__all__ = ["Gallery"]
