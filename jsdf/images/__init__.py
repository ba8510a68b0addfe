"""Image input: fetch images safely, check, decode and shrink them; each failure has one clear reason."""

from jsdf.images.decode import open_picture, open_with_note, to_jpeg
from jsdf.images.fetcher import Fetcher
from jsdf.images.sources import Limits, source_kind

__all__ = ["Fetcher", "Limits", "open_picture", "open_with_note", "source_kind", "to_jpeg"]
