"""Images in: opened, checked, shrunk and safely fetched, each with one clear reason where that fails."""

from jsdf.images.decode import open_picture, to_jpeg
from jsdf.images.fetcher import Fetcher
from jsdf.images.sources import Limits, source_kind

__all__ = ["Fetcher", "Limits", "open_picture", "source_kind", "to_jpeg"]
