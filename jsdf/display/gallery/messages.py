"""Messages between the model of a gallery and its front ends. Invalid messages from a browser are ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf.display.gallery.model import MAX_TILES
from jsdf.formatting.text import sanitize

if TYPE_CHECKING:
    from typing import TypeGuard

    from jsdf.display.gallery.model import GalleryModel

#: Limits for a message of a browser: characters of a search, and rows of one action.
_MAX_SEARCH_CHARS, _MAX_ROWS = 1000, MAX_TILES


def initial_state(model: GalleryModel) -> dict[str, Any]:
    """Return the state that is the same on all pages, as JSON values."""
    return {
        "title": model.title,
        "is_editable": model.is_editable,
        "multiple": model.row_labels is not None and model.row_labels.multiple,
        "names": [sanitize(name, 200) for name in model.names],
        "can_clear": model.can_clear,
        "pictures": model.table.column.kind == "image",
        "sorts": model.sorts,
        "columns": model.columns,
        "size": model.size,
        "page_size": model.page_size,
    }


def page_state(model: GalleryModel) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the state of the current page and its thumbnails, as JSON values.

    Returns:
        The state, and row -> `data:` URI. The thumbnails are separate, since only a change of page changes them.
    """
    tiles = model.tiles()
    view = {
        "tiles": [{name: value for name, value in vars(tile).items() if name != "uri"} | {"alt": tile.alt}
                  for tile in tiles],
        "page": model.page,
        "pages": model.pages,
        "total": len(model),
        "counts": model.counts(),
        "statuses": model.statuses,
        "label": model.label,
        "status": model.status,
        "text": sanitize(model.text, _MAX_SEARCH_CHARS),
        "order_by": model.order_by,
        "is_auto_advancing": model.is_auto_advancing,
        "summary": sanitize(model.summary()),
        "status_message": sanitize(model.status_message),
    }  # fmt: skip
    return view, {str(tile.row): tile.uri for tile in tiles if tile.uri}


def enlarged_state(model: GalleryModel, row: int) -> dict[str, Any]:
    """Return the enlarged view of one row, as JSON values."""
    text, thumb = model.enlarge(row)
    return {
        "row": row,
        "index": sanitize(model.table.index_text(row), 60),
        "text": text,
        "uri": "" if thumb is None else thumb.uri,
        "reason": sanitize((None if thumb is None else thumb.reason) or model.table.reason(row) or ""),
        "alt": f"row {sanitize(model.table.index_text(row), 60)}, enlarged",
    }


def handle_message(model: GalleryModel, message: Any) -> int | None:
    """Run the action that a message names; an invalid message is ignored.

    Args:
        model: The gallery or review to act on; it calls its `on_change` callbacks.
        message: Any value; a valid one is a dict such as `{"do": "go_to_page", "page": 3}`.

    Returns:
        The row to enlarge, None for all other actions.
    """
    if not isinstance(message, dict):
        return None
    with model.lock:
        action = message.get("do")
        if action == "enlarge":
            rows = _valid_rows(model, [message.get("row")])
            return rows[0] if rows else None
        if action in ("go_to_page", "filter", "sort"):
            _apply_view_action(model, message)
        elif isinstance(action, str):
            model.apply_action(action, _valid_rows(model, message.get("rows")), message)
    return None


def _apply_view_action(model: GalleryModel, message: dict[str, Any]) -> None:
    action, page, by = message["do"], message.get("page"), message.get("by")
    if action == "go_to_page" and is_index(page):
        model.go_to_page(page)
    elif action == "sort" and isinstance(by, str) and by in model.sorts:
        model.sort(by)
    elif action == "filter":
        _filter(model, message)


def _filter(model: GalleryModel, message: dict[str, Any]) -> None:
    label, status, text = message.get("label"), message.get("status"), message.get("text")
    if not (label is None or (is_index(label) and -1 <= label < len(model.names))):
        return
    near = next(iter(_valid_rows(model, [message.get("near")])), None)
    is_valid_status = status is None or (isinstance(status, str) and status in model.statuses)
    if is_valid_status and isinstance(text, str) and len(text) <= _MAX_SEARCH_CHARS:
        name = None if label is None else pd.NA if label < 0 else model.names[label]
        model.filter(label=name, status=status, text=text, near=near)


def _valid_rows(model: GalleryModel, rows: Any) -> list[int]:
    """Return the rows if all of them are positions of existing rows, else an empty list."""
    if not isinstance(rows, list) or len(rows) > _MAX_ROWS:
        return []
    return rows if all(is_index(row) and 0 <= row < len(model.table) for row in rows) else []


def is_index(value: Any) -> TypeGuard[int]:
    """Return True for an integer that is not a boolean."""
    return isinstance(value, int) and not isinstance(value, bool)
