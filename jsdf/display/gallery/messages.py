"""What front ends send and get. Messages from a browser are data like any other: what makes no sense is ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf.display.gallery.model import MAX_TILES
from jsdf.formatting.text import sanitize

if TYPE_CHECKING:
    from typing import TypeGuard

    from jsdf.display.gallery.model import GalleryModel

#: Characters of a search, and rows of one step, that a browser may send.
_MAX_SEARCH_CHARS, _MAX_ROWS = 1000, MAX_TILES


def initial_state(state: GalleryModel) -> dict[str, Any]:
    """What does not change from page to page, as JSON."""
    return {
        "title": state.title,
        "is_editable": state.is_editable,
        "multiple": state.row_labels is not None and state.row_labels.multiple,
        "names": [sanitize(name, 200) for name in state.names],
        "can_clear": state.can_clear,
        "pictures": state.table.column.kind == "image",
        "sorts": state.sorts,
        "columns": state.columns,
        "size": state.size,
        "page_size": state.page_size,
    }


def page_state(state: GalleryModel) -> tuple[dict[str, Any], dict[str, str]]:
    """What is seen now, as JSON; and the pictures apart, row -> `data:` URI, since they change with the page alone."""
    tiles = state.tiles()
    seen = {
        "tiles": [{name: value for name, value in vars(tile).items() if name != "uri"} | {"alt": tile.alt}
                  for tile in tiles],
        "page": state.page,
        "pages": state.pages,
        "total": len(state),
        "counts": state.counts(),
        "statuses": state.statuses,
        "label": state.label,
        "status": state.status,
        "text": sanitize(state.text, _MAX_SEARCH_CHARS),
        "order_by": state.order_by,
        "is_auto_advancing": state.is_auto_advancing,
        "summary": sanitize(state.summary()),
        "status_message": sanitize(state.status_message),
    }  # fmt: skip
    return seen, {str(tile.row): tile.uri for tile in tiles if tile.uri}


def enlarged_state(state: GalleryModel, row: int) -> dict[str, Any]:
    """One row at full length, as JSON."""
    text, thumb = state.enlarge(row)
    return {
        "row": row,
        "index": sanitize(state.table.index_text(row), 60),
        "text": text,
        "uri": "" if thumb is None else thumb.uri,
        "reason": sanitize((None if thumb is None else thumb.reason) or state.table.reason(row) or ""),
        "alt": f"row {sanitize(state.table.index_text(row), 60)}, enlarged",
    }


def handle_message(state: GalleryModel, message: Any) -> int | None:
    """Do what a message asks for, if it makes sense.

    Args:
        state: What it is about; its watchers are called when something has moved.
        message: Anything at all; `{"do": "go_to_page", "page": 3}` makes sense.

    Returns:
        The row to enlarge, None for everything else.
    """
    if not isinstance(message, dict):
        return None
    with state.lock:
        what = message.get("do")
        if what == "enlarge":
            rows = _rows(state, [message.get("row")])
            return rows[0] if rows else None
        if what in ("go_to_page", "filter", "sort"):
            _apply_view_action(state, message)
        elif what == "auto_advance":
            state.apply_action(what, [], message.get("on") is True)
        elif isinstance(what, str):
            state.apply_action(what, _rows(state, message.get("rows")), message.get("label"))
    return None


def _apply_view_action(state: GalleryModel, message: dict[str, Any]) -> None:
    what, page, by = message["do"], message.get("page"), message.get("by")
    if what == "go_to_page" and is_index(page):
        state.go_to_page(page)
    elif what == "sort" and isinstance(by, str) and by in state.sorts:
        state.sort(by)
    elif what == "filter":
        _filter(state, message)


def _filter(state: GalleryModel, message: dict[str, Any]) -> None:
    label, status, text = message.get("label"), message.get("status"), message.get("text")
    if not (label is None or (is_index(label) and -1 <= label < len(state.names))):
        return
    near = next(iter(_rows(state, [message.get("near")])), None)
    fits = status is None or (isinstance(status, str) and status in state.statuses)
    if fits and isinstance(text, str) and len(text) <= _MAX_SEARCH_CHARS:
        name = None if label is None else pd.NA if label < 0 else state.names[label]
        state.filter(label=name, status=status, text=text, near=near)


def _rows(state: GalleryModel, given: Any) -> list[int]:
    """Positions of rows that are there; none where one of them is not."""
    if not isinstance(given, list) or len(given) > _MAX_ROWS:
        return []
    return given if all(is_index(row) and 0 <= row < len(state.table) for row in given) else []


def is_index(given: Any) -> TypeGuard[int]:
    """True for an integer that is no boolean."""
    return isinstance(given, int) and not isinstance(given, bool)
