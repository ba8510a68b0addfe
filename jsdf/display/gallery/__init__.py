"""Gallery: labelled rows as tiles, with filters, sorting and pages."""

from jsdf.display.gallery.gallery import Gallery

__all__ = ["Gallery"]
