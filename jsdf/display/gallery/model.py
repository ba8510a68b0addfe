"""State of a gallery: arranged rows with their tiles and thumbnails, independent of any front end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from jsdf.display.gallery.locking import synchronized
from jsdf.display.gallery.page_thumbnails import PageThumbnails
from jsdf.display.gallery.query.similar_rows import SimilarRows
from jsdf.display.gallery.row_table import RowTable, tile_of
from jsdf.display.gallery.rows import whole_number_between
from jsdf.display.gallery.tile import MAX_LIST_CHARS, Tile
from jsdf.errors import InvalidInputError
from jsdf.formatting.text import MAX_TILE_CHARS
from jsdf.images.thumbnails import MAX_SIZE, Thumbnail

if TYPE_CHECKING:
    from jsdf.display.gallery.query.similarity import Embed

LAYOUTS = "grid", "list"


class GalleryModel(SimilarRows):
    """State of a gallery: rows as tiles, with filters, a sort order and pages. It knows no front end.

    Args:
        table: Data of all rows.
        size: Pixels of a tile's longer side, 32 to 256.
        embed: Embeds rows, for the order by likeness; None if there are no embeddings.

    Attributes:
        layout: `"grid"`, or `"list"`, whose tiles have longer texts.
        focused: Position of the row that is shown alone; None for none.
        pictures: Makes and caches the thumbnails.
        can_clear: True if labels can be removed.
        can_add_label: True if labels can be added to the choices.
        is_auto_advancing: True if a label key moves on to the next row.
        n_undone: Number of calls of `undo`, by which a front end knows that its own was answered.
    """

    title = "Gallery"
    is_editable = False
    can_clear = False
    can_add_label = False
    is_auto_advancing = False
    n_undone = 0

    def __init__(self, table: RowTable, *, size: int = 96, embed: Embed | None = None) -> None:
        super().__init__(table, embed)
        self.size = whole_number_between("size", size, 32, MAX_SIZE)
        self.layout = LAYOUTS[0]
        self.focused: int | None = None
        self.pictures = PageThumbnails(self.size, self._thumbnails_ready)

    @synchronized
    def set_layout(self, layout: str) -> None:
        """Show tiles as a `"grid"`, or as a `"list"` with longer texts."""
        if layout not in LAYOUTS:
            raise InvalidInputError(f"layout={layout!r}: pass one of {', '.join(map(repr, LAYOUTS))}")
        self.layout = layout
        self._notify(f"shown as a {layout}", is_view_only=True)

    @synchronized
    def focus(self, row: int | None) -> None:
        """Show one row alone, with its whole text or a large picture; None to return to the tiles."""
        self.focused = None if row is None else whole_number_between("row", row, 0, len(self.table) - 1)
        self._call_back()

    @synchronized
    def tiles(self, max_tiles: int | None = None, *, wait: bool = False) -> list[Tile]:
        """Return the tiles of this page, or of the first `max_tiles` rows, with their thumbnails.

        A slow thumbnail is left out and reported to `on_change` callbacks when it is ready, unless `wait` is set.
        """
        rows = self.rows if max_tiles is None else self.order[:max_tiles].tolist()
        if self.table.column.kind == "text":
            return [self._tile(row, None) for row in rows]
        with_value = [row for row in rows if self.table.value(row) is not None]
        thumbnails = self.pictures.get([self.table.value(row) for row in with_value], wait=wait)
        by_row = dict(zip(with_value, thumbnails, strict=True))
        return [self._tile(row, by_row.get(row)) for row in rows]

    @synchronized
    def peek(self, max_tiles: int) -> list[Tile]:
        """Return the first tiles without thumbnails."""
        return [self._tile(row, None) for row in self.order[:max_tiles].tolist()]

    @synchronized
    def tile(self, row: int) -> Tile:
        """Return the tile of a row without its thumbnail."""
        return self._tile(row, None)

    def large_picture(self, row: int) -> Thumbnail | None:
        """Return a row's picture at up to 1,600 pixels; None for a text and for a missing value.

        A slow one is a `Thumbnail` with a reason, and is reported to `on_change` callbacks when it is ready.
        """
        value = self.table.value(row)
        return self.pictures.large(value) if self.table.column.kind == "image" and value is not None else None

    def prefetch(self) -> threading.Thread | None:
        """Make the next page's thumbnails on a thread, which is returned; None if it has no images."""
        values = [value for value in map(self.table.value, self._rows_on_page(self.page + 1)) if value is not None]
        if self.table.column.kind == "text" or not values:
            return None
        page, order = self.page, self.order
        return self.pictures.prefetch(values, lambda: self.page == page and self.order is order)

    def prefetch_neighbours(self) -> threading.Thread | None:
        """Make large pictures of the rows beside the focused one on a thread, which is returned; None without any."""
        row = self.focused
        at = None if row is None or self.table.column.kind == "text" else self._place_of(row)
        if at is None:
            return None
        neighbours = [*self.order[at + 1 : at + 2].tolist(), *self.order[max(at - 1, 0) : at].tolist()]
        values = [value for value in map(self.table.value, neighbours) if value is not None]
        return self.pictures.prefetch_large(values, lambda: self.focused == row) if values else None

    def apply_action(self, action: str, rows: list[int], message: dict[str, Any]) -> None:
        """Run an action of a front end beyond viewing; ignored if invalid, and always here: a gallery has none.

        Args:
            action: Name of the action; unknown names are ignored.
            rows: Positions of existing rows: those of the message, or its one row.
            message: The whole message, of any content.
        """

    def _thumbnails_ready(self) -> None:
        with self.lock:
            self._notify(self.status_message, is_view_only=True)

    def _tile(self, row: int, thumb: Thumbnail | None) -> Tile:
        max_chars = MAX_LIST_CHARS if self.layout == "list" else MAX_TILE_CHARS
        return tile_of(self.table, self.row_labels, row, thumb, max_chars)
