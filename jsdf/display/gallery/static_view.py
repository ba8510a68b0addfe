"""Gallery as static HTML, which needs no kernel, and as text for a terminal."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from jsdf.display.gallery.assets import page_rules
from jsdf.formatting.text import display_width, one_line, sanitize
from jsdf.formatting.theme import label_colour

if TYPE_CHECKING:
    from jsdf.display.gallery.model import GalleryModel
    from jsdf.display.gallery.tile import Tile

#: Limit for static HTML: each tile contains its image, and a saved notebook stores all of them.
MAX_STATIC_TILES = 50
#: Pixels of a line of text, as in the style sheets.
LINE_HEIGHT = 18
#: Hint for a review as static HTML, which a saved notebook shows.
_NOT_EDITABLE = "Labels cannot be edited on this saved page: run the cell again, or call review.choose(rows, label)."
#: Limits for a text: its lines, and terminal columns of a value.
_MAX_LINES, _MAX_WIDTH = 10, 60


def html(model: GalleryModel, max_tiles: int = MAX_STATIC_TILES, *, wait: bool = True) -> str:
    """Return the first tiles, filtered and sorted as in `model`, as HTML without scripts or controls.

    Args:
        model: The gallery or review.
        max_tiles: Maximum number of tiles; values above 50 count as 50.
        wait: True to wait for the images of slow hosts.
    """
    tiles = model.tiles(min(max_tiles, MAX_STATIC_TILES), wait=wait)
    more = f"{len(tiles):,} of {len(model):,} are shown here" if len(tiles) < len(model) else ""
    summary = ", ".join(filter(None, [model.summary(), more]))
    hint = f"<p>{escape(_NOT_EDITABLE)}</p>" if model.is_editable else ""
    wide = model.size + 26 if model.table.column.kind == "image" else max(2 * model.size, 180)
    lines = max(2, (model.size - 8) // LINE_HEIGHT)
    style = f"--jsdf-page-size: {model.size}px; --jsdf-page-wide: {wide}px; --jsdf-page-lines: {lines}"
    rows = "".join(_tile(tile, model.names) for tile in tiles)
    # The two other classes keep MathJax of any version from reading dollar signs as formulas.
    return (
        f'<div class="jsdf-page tex2jax_ignore mathjax_ignore" style="{style}"><style>{page_rules()}</style>'
        f"<p>{escape(model.title)}: {escape(summary)}</p>{hint}"
        f'<div class="jsdf-page-rows">{rows}</div></div>'
    )


def text(model: GalleryModel) -> str:
    """Return a summary and the first 10 rows, one line each; control characters in values are replaced."""
    tiles = model.peek(_MAX_LINES)
    rows = [
        (one_line(t.index, 20), one_line(t.caption or t.status, 24), _score(t), one_line(t.text, _MAX_WIDTH))
        for t in tiles
    ]
    widths = [max((display_width(row[i]) for row in rows), default=0) for i in range(3)]
    lines = ["  ".join([*map(_pad, row, widths), row[3]]) for row in rows]
    n_hidden = len(model) - len(tiles)
    more = [f"… {n_hidden:,} more"] if n_hidden else []
    return "\n".join([f"{model.title}: {one_line(model.summary(), 200)}", *lines, *more])


def _pad(text: str, width: int) -> str:
    return text + " " * (width - display_width(text))


def _tile(tile: Tile, names: list[str]) -> str:
    states = [name for name in ("changed", "reviewed", "marked") if getattr(tile, name)]
    classes = f' class="{" ".join(f"jsdf-page-{name}" for name in states)}"' if states else ""
    facts = f"<bdi>{escape(tile.index)}</bdi><span>{_score(tile)}</span>"
    notes = ", ".join([*states, *([tile.disagreement] if tile.disagreement else [])])
    caption = (
        f'{_labels(tile, names)}<span class="jsdf-page-state">{escape(notes)}</span>'
        f'<span class="jsdf-page-facts">{facts}</span>'
    )
    return f"<figure{classes}>{_body(tile)}<figcaption>{caption}</figcaption></figure>"


def _labels(tile: Tile, names: list[str]) -> str:
    if not tile.labels:
        status = f'<span class="jsdf-page-label jsdf-page-none"><bdi>{escape(tile.status)}</bdi></span>'
        return status if tile.status else ""
    return "".join(
        f'<span class="jsdf-page-label"><i style="background: {label_colour(label)}"></i>'
        f"<bdi>{escape(sanitize(names[label], 200))}</bdi></span>"
        for label in tile.labels
    )


def _body(tile: Tile) -> str:
    if tile.uri:
        return f'<img src="{escape(tile.uri)}" alt="{escape(tile.alt)}">'
    failed = f"<b>no image</b>: {escape(tile.reason)} ({escape(tile.text)})"
    shown = failed if tile.is_image else escape(tile.text)
    return f'<div class="jsdf-page-text"><div dir="auto">{shown}</div></div>'


def _score(tile: Tile) -> str:
    return "" if tile.score is None else f"{tile.score:.2f}"
