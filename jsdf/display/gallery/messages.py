"""Messages between the model of a gallery and its front ends. Invalid messages from a browser are ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsdf.display.gallery.model import LAYOUTS
from jsdf.display.gallery.query.pages import MAX_PAGE_SIZE
from jsdf.display.gallery.requests import is_index, is_row, read_filter_request, read_row, read_rows
from jsdf.display.gallery.tile import MAX_FOCUS_CHARS, describe_value
from jsdf.errors import InvalidInputError
from jsdf.formatting.text import sanitize
from jsdf.images.thumbnails import MAX_SIZE

if TYPE_CHECKING:
    from jsdf.display.gallery.model import GalleryModel


def traits(model: GalleryModel) -> dict[str, Any]:
    """Return everything that a front end shows, as JSON values: `setup`, `view`, `facets`, `pictures` and `focus`."""
    view, pictures = page_state(model)
    return {
        "setup": initial_state(model),
        "view": view,
        "facets": model.facets(),
        "pictures": pictures,
        "focus": focus_state(model),
    }


def initial_state(model: GalleryModel) -> dict[str, Any]:
    """Return the state that is the same on all pages, as JSON values."""
    return {
        "title": model.title,
        "is_editable": model.is_editable,
        "multiple": model.row_labels is not None and model.row_labels.multiple,
        "names": [sanitize(name, 200) for name in model.names],
        "can_clear": model.can_clear,
        "can_add_label": model.can_add_label,
        "can_find_similar": model.can_find_similar,
        "pictures": model.table.column.kind == "image",
        "sorts": model.sorts,
        "size": model.size,
        "rows": len(model.table),
        "has_scores": model.table.score is not None,
        "has_second_opinion": model.table.other is not None,
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
        "page_size": model.page_size,
        "total": len(model),
        "rows": model.n_rows,
        "filters": model.filters.to_json() | {"similar": model.similar_to},
        "order_by": model.order_by,
        "layout": model.layout,
        "is_auto_advancing": model.is_auto_advancing,
        "summary": sanitize(model.summary()),
        "status_message": sanitize(model.status_message),
        "current": model.current,
        "revision": model.revision,
        "undone": model.n_undone,
        "similar_index": "" if model.similar_to is None else sanitize(model.table.index_text(model.similar_to), 60),
    }  # fmt: skip
    return view, {str(tile.row): tile.uri for tile in tiles if tile.uri}


def focus_state(model: GalleryModel) -> dict[str, Any]:
    """Return the state of the row that is shown alone, as JSON values; empty if there is none."""
    row = model.focused
    if row is None:
        return {}
    table, tile, picture = model.table, model.tile(row), model.large_picture(row)
    reason = picture.reason if picture is not None and picture.reason else tile.reason
    width, height = (None, None) if picture is None else picture.original_size or (None, None)
    value = table.value(row)
    return {
        "row": row,
        "index": tile.index,
        "name": tile.text if tile.is_image else "",
        "text": "" if tile.is_image else describe_value(value, MAX_FOCUS_CHARS),
        "uri": "" if picture is None else picture.uri,
        "width": width,
        "height": height,
        "reason": sanitize(reason or ""),
        "alt": f"row {tile.index}, enlarged",
        "scores": [list(pair) for pair in table.scores_of(row)],
        "fields": [[field.name, field.text(row)] for field in table.fields],
        "note": tile.note,
    }


def handle_message(model: GalleryModel, message: Any) -> None:
    """Run the action that a message names; an invalid message is ignored.

    Args:
        model: The gallery or review to act on; it calls its `on_change` callbacks.
        message: Any value; a valid one is a dict such as `{"do": "go_to_page", "page": 3}`.
    """
    if not isinstance(message, dict):
        return
    with model.lock:
        action = message.get("do")
        if not isinstance(action, str):
            return
        handle = _VIEW_ACTIONS.get(action)
        if handle is not None:
            handle(model, message)
        else:
            model.apply_action(action, read_rows(model, message), message)


def _go_to_page(model: GalleryModel, message: dict[str, Any]) -> None:
    page = message.get("page")
    if is_index(page):
        model.go_to_page(page)


def _sort(model: GalleryModel, message: dict[str, Any]) -> None:
    by = message.get("by")
    if message.get("n") is not None:  # the size of a random sample, which only a review has
        model.apply_action("sort", [], message)
    elif isinstance(by, str) and by in model.sorts:
        model.sort(by)


def _set_layout(model: GalleryModel, message: dict[str, Any]) -> None:
    layout = message.get("layout")
    if isinstance(layout, str) and layout in LAYOUTS:
        model.set_layout(layout)


def _resize(model: GalleryModel, message: dict[str, Any]) -> None:
    size, pixels = message.get("page_size"), message.get("pixels", 0)
    if is_index(size) and 1 <= size <= MAX_PAGE_SIZE and is_index(pixels) and 0 <= pixels <= MAX_SIZE:
        model.pictures.sharpen(pixels)
        # The browser may have sent it before it saw the rows that its user had asked for: those stay.
        seen = message.get("revision", model.revision)
        is_seen = is_index(seen) and seen >= model.moved_at
        model.resize(size, read_row(model, message.get("near")) if is_seen else None)


def _focus(model: GalleryModel, message: dict[str, Any]) -> None:
    row = message.get("row", "")
    if row is None or is_row(row, len(model.table)):
        model.focus(row)


def _find_similar(model: GalleryModel, message: dict[str, Any]) -> None:
    row = message.get("row", "")
    if row is not None and not (model.can_find_similar and is_row(row, len(model.table))):
        return
    try:
        model.find_similar(row, wait=False)
    except InvalidInputError as error:  # the row has no value, or no embedding
        model.announce(str(error))


def _filter(model: GalleryModel, message: dict[str, Any]) -> None:
    filters = read_filter_request(model, message)
    if filters is not None:
        model.apply_filters(filters, read_row(model, message.get("near")))


_VIEW_ACTIONS = {
    "filter": _filter,
    "sort": _sort,
    "go_to_page": _go_to_page,
    "resize": _resize,
    "layout": _set_layout,
    "focus": _focus,
    "similar": _find_similar,
}
